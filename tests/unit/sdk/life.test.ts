/** What a bundle's code throws as it comes up is said with its place, whoever says it. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { bringUp } from '../../../agent-base-image/typescript/src/runtime/life.ts';
import { fakeAgentHost } from '../../support/fakes/fake-agent-host.ts';

const BASE = new URL('../../../agent-base-image/typescript/src/index.ts', import.meta.url).href;

async function failureOf(t: TestContext, files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hairem-life-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries({ 'package.json': '{"type": "module"}', ...files })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  try {
    await bringUp({ folder, host: fakeAgentHost() }, () => {});
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(folder, '/app/bundle') : String(error);
  }
  return 'it came up';
}

const agent = (body: string, top = '') => ({
  'logic.js': `import { BaseAgent } from '${BASE}';\n${top}\nexport class Agent extends BaseAgent {\n${body}\n}\n`,
});

const FAILURES: [string, Record<string, string>, RegExp][] = [
  ['a name that nobody defined', agent('', 'const fs = require("fs");'), /^logic\.js:2:12: require is not defined/],
  ['__dirname', agent('', 'const here = __dirname;'), /^logic\.js:2:14: __dirname is not defined/],
  ['in setup', agent('setup() { null.x; }'), /^logic\.js:4:16: Cannot read properties of null/],
  [
    'in another file',
    {
      ...agent('setup() { f(); }', 'import { f } from "./lib/f.js";'),
      'lib/f.js': '\nexport function f() {\n  throw new Error("no lamp");\n}\n',
    },
    /^lib\/f\.js:3:9: no lamp$/,
  ],
  [
    'in a package, by who called it',
    {
      ...agent('setup() { g(); }', 'import { g } from "g";'),
      'node_modules/g/package.json': '{"type":"module","exports":"./g.js"}',
      'node_modules/g/g.js': 'export function g() { throw new Error("no driver"); }',
    },
    /^logic\.js:4:11: no driver$/,
  ],
  [
    'a name that no file gives',
    { ...agent('', 'import { nothing } from "./a.js";'), 'a.js': 'export const a = 1;\n' },
    /^logic\.js:2: .*does not provide an export named 'nothing'/,
  ],
  [
    'in the constructor',
    agent('constructor(host) { super(host); throw new TypeError("no"); }'),
    /^logic\.js:4:40: no$/,
  ],
  ['no Agent', { 'logic.js': 'export const a = 1;\n' }, /^logic\.js must export a class Agent/],
  ['what is no error', agent('setup() { throw "a text"; }'), /a text$/],
  [
    'a package that a script would have compiled',
    agent('', 'throw new Error("Could not locate the bindings file. Tried:");'),
    /^logic\.js:2:7: Could not locate the bindings file.*never run here/,
  ],
];
for (const [what, files, said] of FAILURES) test(what, async (t) => assert.match(await failureOf(t, files), said));
