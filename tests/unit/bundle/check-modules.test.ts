/** What dies at the start because files do not fit together, said beforehand: one line for each way, with its place. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { SDK_VALUES } from '../../../orchestrator/src/bundle/code/check-modules.ts';
import type { Files } from './bundle-folder.ts';
import { AGENT, LIB, said, TOP } from './said-of.ts';

/** [what, line behind the first two, other files, what is said of it]. */
const FAULTS: [string, string, Files, string][] = [
  [
    'a type of a file without `type`',
    "import { Lamp, dim } from './lib/lamp.ts';",
    LIB,
    "logic.ts:2:10 Lamp is a type: write import type { Lamp } from './lib/lamp.ts'",
  ],
  [
    'a type handed on without `type`',
    "export { Lamp } from './lib/lamp.ts';",
    LIB,
    "logic.ts:2:10 Lamp is a type: write import type { Lamp } from './lib/lamp.ts'",
  ],
  [
    'a type of its own exported without `type`',
    'interface Lamp {}\nexport { Lamp };',
    {},
    'logic.ts:3:10 Lamp is a type: write export type { Lamp }',
  ],
  [
    'a type of the SDK without `type`',
    "import { Message } from '@hairem/agent';",
    {},
    "logic.ts:2:10 Message is nothing that @hairem/agent has at run time; if it is a type: import type { Message } from '@hairem/agent'",
  ],
  [
    'a misspelt name of the SDK',
    "import { ServiceErorr } from '@hairem/agent';",
    {},
    'logic.ts:2:10 @hairem/agent has no ServiceErorr; did you mean ServiceError?',
  ],
  [
    'a default of the SDK',
    "import Sdk from '@hairem/agent';",
    {},
    "logic.ts:2:8 @hairem/agent has no default export: import { BaseAgent } from '@hairem/agent'",
  ],
  [
    'a part of the SDK',
    "import '@hairem/agent/llm';",
    {},
    "logic.ts:2:8 @hairem/agent has no parts of their own: import from '@hairem/agent'",
  ],
  [
    'a type of Node without `type`',
    "import { IncomingHttpHeaders } from 'node:http';",
    {},
    'logic.ts:2:10 node:http has no IncomingHttpHeaders at run time; if it is a type: import type { IncomingHttpHeaders }',
  ],
  ['what Node does not have', "import 'node:fss';", {}, 'logic.ts:2:8 Node has no node:fss'],
  [
    'a misspelt name of a file',
    "import { hue } from './lib/lamp.ts';",
    LIB,
    'logic.ts:2:10 ./lib/lamp.ts exports no hue; did you mean Hue?',
  ],
  [
    'a name that no file has',
    "import { sound } from './lib/lamp.ts';",
    LIB,
    'logic.ts:2:10 ./lib/lamp.ts exports no sound; it exports Hue, dim',
  ],
  [
    'a default that is none',
    "import lamp from './lib/lamp.ts';",
    LIB,
    'logic.ts:2:8 ./lib/lamp.ts exports no default export; it exports Hue, dim',
  ],
  [
    'a name through export *',
    "import { sound } from './lib/all.ts';",
    { ...LIB, 'lib/all.ts': "export * from './lamp.ts';\n" },
    'logic.ts:2:10 ./lib/all.ts exports no sound; it exports Hue, dim',
  ],
  [
    'a file without its ending',
    "import { Hue } from './lib/lamp';",
    LIB,
    'logic.ts:2:21 there is no ./lib/lamp in the bundle: write ./lib/lamp.ts',
  ],
  [
    'the ending of what is compiled elsewhere',
    "import { Hue } from './lib/lamp.js';",
    LIB,
    'logic.ts:2:21 there is no ./lib/lamp.js in the bundle: write ./lib/lamp.ts',
  ],
  [
    'a folder',
    "import { Hue } from './lib';",
    { 'lib/index.ts': 'export class Hue {}\n' },
    'logic.ts:2:21 there is no ./lib in the bundle: write ./lib/index.ts',
  ],
  [
    'another case',
    "import { Hue } from './lib/Lamp.ts';",
    LIB,
    'logic.ts:2:21 there is no ./lib/Lamp.ts in the bundle: write ./lib/lamp.ts',
  ],
  [
    'a misspelt file',
    "import { Hue } from './lib/lmap.ts';",
    LIB,
    'logic.ts:2:21 there is no ./lib/lmap.ts in the bundle: write ./lib/lamp.ts',
  ],
  [
    'a file that is not there',
    "import './lib/sound.ts';",
    LIB,
    'logic.ts:2:8 there is no ./lib/sound.ts in the bundle',
  ],
  [
    'a file of another file',
    "import './lib/all.ts';",
    { 'lib/all.ts': "\nimport { x } from '../x';\n", 'x.ts': 'export const x = 1;\n' },
    'lib/all.ts:2:19 there is no ../x in the bundle: write ../x.ts',
  ],
  [
    'outside of the bundle',
    "import '../shared/lamp.ts';",
    {},
    'logic.ts:2:8 ../shared/lamp.ts is outside of the bundle: nothing beside its folder is in the image',
  ],
  [
    'in media/',
    "import './media/x.js';",
    { 'media/x.js': '' },
    'logic.ts:2:8 ./media/x.js is not there when the agent runs: media/ is not in the image',
  ],
  [
    'JSON without a word for it',
    "import table from './table.json';",
    { 'table.json': '{}' },
    "logic.ts:2:19 ./table.json needs a word more: import … from './table.json' with { type: 'json' }",
  ],
  [
    'YAML',
    "import table from './table.yaml';",
    { 'table.yaml': '' },
    'logic.ts:2:19 ./table.yaml is no code: read it with readFile of node:fs/promises',
  ],
  [
    'JSX by its name',
    "import './view.tsx';",
    { 'view.tsx': 'export {};\n' },
    'logic.ts:2:8 ./view.tsx: Node loads no JSX; write it as .ts without it',
  ],
  ['JSX by its content', 'const view = <p>x</p>;', {}, 'logic.ts:2:19 Expression expected'],
  [
    'a package that nobody named',
    "import pad from 'left-pad';",
    {},
    'logic.ts:2:17 left-pad is not among the dependencies of package.json: add it there',
  ],
  [
    'a part of a package that nobody named',
    "import pad from '@scope/pad/left';",
    { 'package.json': '{"type": "module"}' },
    'logic.ts:2:17 @scope/pad is not among the dependencies of package.json: add it there',
  ],
  [
    'a package for development',
    "import pad from 'left-pad';",
    { 'package.json': '{"devDependencies": {"left-pad": "1"}}' },
    'logic.ts:2:17 left-pad is among the devDependencies of package.json, which are not installed: move it to the dependencies',
  ],
  [
    'a package that another may bring',
    "import pad from 'left-pad';",
    { 'package.json': '{"dependencies": {"right-pad": "1"}}' },
    'warning logic.ts:2:17 left-pad is not among the dependencies of package.json: add it there',
  ],
  [
    'the network',
    "import 'https://esm.sh/left-pad';",
    {},
    'logic.ts:2:8 Node imports nothing from the network: take it from a package',
  ],
];

describe('logic.ts that would die at its start', () => {
  for (const [what, line, files, expected] of FAULTS)
    test(what, async (t) =>
      assert.deepEqual(await said(t, { 'logic.ts': `${TOP}${line}\n${AGENT}`, ...files }), [expected]),
    );
});

const DEFAULT = 'export class Agent extends BaseAgent';
const NO_AGENT: [string, string, string][] = [
  [
    'a default alone',
    `export default class Agent extends BaseAgent {}`,
    `expected ${DEFAULT}, found export default: it is found by its name`,
  ],
  [
    'another name, the word in a comment',
    'export class Lamp extends BaseAgent {} // Agent',
    `expected ${DEFAULT}, found Lamp: it is found by its name`,
  ],
];
for (const [what, line, expected] of NO_AGENT)
  test(`no class Agent: ${what}`, async (t) =>
    assert.deepEqual(await said(t, { 'logic.ts': `${TOP}${line}\n` }), [`logic.ts:2:1 ${expected}`]));

/** [what, logic.ts or logic.js, other files]: all of it runs. */
const WELL: [string, string, Files][] = [
  [
    'types by `type`',
    `${TOP}import type { Message } from '@hairem/agent';\nimport { type Lamp, dim } from './lib/lamp.ts';\nexport const x: Lamp | number | Message = dim;\n${AGENT}`,
    LIB,
  ],
  ['a namespace of all', `${TOP}import * as all from './lib/lamp.ts';\nall.dim;\n${AGENT}`, LIB],
  [
    'a package that is named',
    `${TOP}import pad from 'left-pad/x';\npad;\n${AGENT}`,
    { 'package.json': '{"dependencies": {"left-pad": "1"}}' },
  ],
  ['JSON by its word', `${TOP}import t from './t.json' with { type: 'json' };\nt;\n${AGENT}`, { 't.json': '{}' }],
  ['Node by its short name', `${TOP}import { readFile } from 'fs/promises';\nreadFile;\n${AGENT}`, {}],
  [
    'createRequire',
    `${TOP}import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\nrequire('fs');\n${AGENT}`,
    {},
  ],
  ['typeof before use', `${TOP}if (typeof require === 'function') require('fs');\n${AGENT}`, {}],
  ['words that look alike', `${TOP}export const x = { require: 1, __dirname: 2 }.__dirname;\n${AGENT}`, {}],
  ['an export of another file', "export { Agent } from './lib/agent.ts';\n", { 'lib/agent.ts': TOP + AGENT }],
  ['exports through a star', "export * from './lib/agent.ts';\n", { 'lib/agent.ts': TOP + AGENT }],
  [
    'two files that import each other',
    `${TOP}import './a.ts';\n${AGENT}`,
    { 'a.ts': "import { Agent } from './logic.ts';\nexport * from './a.ts';\nAgent;\n" },
  ],
  [
    'what nobody imports may be anything',
    TOP + AGENT,
    { 'lib/template.js': '{{ name }}', 'old/x.js': "require('./y')" },
  ],
  ['a query behind the name', `${TOP}import './lib/lamp.ts?fresh';\n${AGENT}`, LIB],
  ['using', `${TOP}export function f() { using x = { [Symbol.dispose]() {} }; return x; }\n${AGENT}`, {}],
];
describe('logic.ts that runs', () => {
  for (const [what, text, files] of WELL)
    test(what, async (t) => assert.deepEqual(await said(t, { 'logic.ts': text, ...files }), []));
});

describe('logic.js', () => {
  const js = (text: string) => `${TOP}${text}\n${AGENT}`;
  test('a fault of its text has its place', async (t) =>
    assert.deepEqual(await said(t, { 'logic.js': js('const x = ;') }), ['logic.js:2:11 Unexpected token']));
  test('what it imports is checked, too', async (t) =>
    assert.deepEqual(await said(t, { 'logic.js': js("import { a } from './b';"), 'b.js': 'export const a = 1;\n' }), [
      'logic.js:2:19 there is no ./b in the bundle: write ./b.js',
    ]));
  test('of a CommonJS file it gives what nobody can tell', async (t) =>
    assert.deepEqual(
      await said(t, {
        'logic.js': js("import { a } from './b.cjs';\nimport { c } from './d.js';"),
        'b.cjs': 'x',
        'd.js': 'exports.c = require("fs");\n',
      }),
      [],
    ));
});

test('the values of the SDK are those that it exports', async () => {
  const index = await readFile(new URL('../../../agent-base-image/typescript/src/index.ts', import.meta.url), 'utf8');
  const exported = [...index.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, names = '']) =>
    names.split(',').map((name) => name.trim()),
  );
  assert.deepEqual(exported.filter((name) => name !== '' && !name.startsWith('type ')).sort(), [...SDK_VALUES].sort());
});
