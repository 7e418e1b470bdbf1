/** What tools do to a folder, as the scan sees it: a save is one update with what was saved, and nothing else is one. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { isHeard } from '../../../orchestrator/src/watch/watched-names.ts';
import { ECHO, LOGIC, type Scanner, settledScanner, versionOf, writeFiles } from './bundle-folder.ts';
import { LEFT } from './left-names.ts';
import { SAVES, type Step } from './save-steps.ts';

const FILES = { ...ECHO, 'echo/lib/a.ts': 'export const a = 1;\n', 'echo/lib/__init__.py': '' };

/** Looks after each step, and as often between as the scan asks to. @returns every state that was shown, in order. */
async function shown(scanner: Scanner, steps: readonly Step[], everyMs: number): Promise<string[]> {
  const states: string[] = [];
  let recheck: number | null = null;
  const look = async (now: number) => {
    const { crew, recheckInMs } = await scanner.scan(now);
    recheck = recheckInMs === null ? null : now + recheckInMs;
    const state = crew.agents.map((agent) => (agent.kind === 'valid' ? agent.version.hash : agent.kind)).join();
    if (state !== 'settling' && state !== states.at(-1)) states.push(state);
  };
  let now = 10_000;
  await look(now);
  for (const step of steps) {
    await step();
    const end = now + everyMs;
    for (await look(now); recheck !== null && recheck < end; ) await look(recheck);
    now = end;
  }
  for (await look(now); recheck !== null; ) await look(recheck);
  return states;
}

async function snapshotted(scanner: Scanner, path: string): Promise<string> {
  const [agent] = scanner.memory?.agents ?? [];
  assert.ok(agent?.kind === 'valid');
  return readFile(join(agent.snapshot.dir, 'code', path), 'utf8');
}

const TARGETS: readonly [path: string, content: string, everyMs: number][] = [
  ['logic.ts', `${LOGIC}// saved\n`, 10],
  ['logic.ts', `${LOGIC}// saved\n`, 300],
  ['lib/a.ts', 'export const a = 22;\n', 10],
];

for (const [tool, stepsOf] of Object.entries(SAVES)) {
  for (const [path, content, everyMs] of TARGETS) {
    test(`a save of ${path} by ${tool}, a step each ${everyMs} ms, is one update with what was saved`, async (t) => {
      const scanner = await settledScanner(t, FILES);
      const steps = stepsOf({ file: join(scanner.agents, 'echo', path), content });
      const states = await shown(scanner, steps, everyMs);
      assert.deepEqual([states.length, states.includes('invalid')], [2, false], states.join('\n'));
      assert.ok((await snapshotted(scanner, path)).startsWith(content));
    });
  }
}

test("Kate's swap file, rewritten while somebody types, is nothing to the agent", async (t) => {
  const scanner = await settledScanner(t, FILES);
  const swap = join(scanner.agents, 'echo/.logic.ts.kate-swp');
  const typing = Array.from({ length: 60 }, (_, i) => () => writeFile(swap, 'x'.repeat(i)));
  const before = scanner.memory?.bundles.get('echo');
  assert.equal((await shown(scanner, typing, 1_000)).length, 1);
  assert.equal(scanner.memory?.bundles.get('echo'), before, 'it was not even read again');
});

test('a file that is emptied for longer is waited for; one that is meant to be empty is not', async (t) => {
  const scanner = await settledScanner(t, FILES);
  await writeFile(join(scanner.agents, 'echo/lib/a.ts'), '');
  assert.equal((await scanner.scan(10_000)).recheckInMs, 2_000);
  await writeFile(join(scanner.agents, 'echo/lib/a.ts'), 'export const a = 3;\n');
  assert.equal((await scanner.scan(11_000)).recheckInMs, 80);
});

test('settings of package managers, which are in no image, are no update', async (t) => {
  const scanner = await settledScanner(t, FILES);
  const write = (path: string) => () =>
    writeFile(join(scanner.agents, 'echo', path), '//registry.npmjs.org/:_authToken=x');
  assert.equal((await shown(scanner, ['.npmrc', 'lib/.npmrc', 'pip.conf'].map(write), 1_000)).length, 1);
});

/** A small generator of its own, so that a failure can be played again. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const IGNORES: readonly [rules: string, extra: readonly string[]][] = [
  ['', ['media/face.png', 'media/sounds/a.mp3']],
  ['*.md\nnotes\ndata/**\n', ['README.md', 'notes', 'notes/a', 'data/x']],
  ['*\n!logic.ts\n!lib\n', ['README.md', 'other', 'other/deep', 'x.py']],
  ['**\n!**/*.ts\n', ['a.py', 'lib/b.py', 'c']],
];

for (const [rules, extra] of IGNORES) {
  test(`whatever becomes of what is in no image, nothing changes (${JSON.stringify(rules)})`, async (t) => {
    const scanner = await settledScanner(t, { ...FILES, 'echo/.hairemignore': rules });
    const before = versionOf({ agents: scanner.memory?.agents ?? [], frozen: null });
    const bundle = join(scanner.agents, 'echo');
    const random = randomOf(rules.length + 1);
    const tools = LEFT.flatMap(([name]) => [name, `lib/${name}`]);
    const paths = [...tools, ...extra, ...extra, ...extra];
    for (let turn = 0, now = 10_000; turn < 150; turn++, now += 5_000) {
      const path = paths[random(paths.length)] ?? '';
      await change(bundle, path, { what: random(4), to: paths[random(paths.length)] ?? '', random });
      const { crew } = await scanner.scan(now);
      const settled = crew.agents[0]?.kind === 'settling' ? (await scanner.settled(now + 1)).crew : crew;
      assert.equal(versionOf(settled).hash, before.hash, `turn ${turn}: ${path}`);
      if (tools.includes(path)) assert.ok(!isHeard(`echo/${path}`), path);
    }
  });
}

/** Makes, changes, removes or renames it, as a file or as a folder. */
async function change(
  bundle: string,
  path: string,
  { what, to, random }: { what: number; to: string; random: (below: number) => number },
): Promise<void> {
  const at = join(bundle, path);
  if (what === 0) return rm(at, { recursive: true, force: true });
  if (what === 1) {
    await rm(join(bundle, to), { recursive: true, force: true });
    return rename(at, join(bundle, to)).catch(() => undefined);
  }
  const asFolder = random(2) === 0;
  await rm(at, { recursive: true, force: true });
  await mkdir(dirname(at), { recursive: true }).catch(() => undefined);
  const content = 'x'.repeat(random(50));
  if (asFolder) await writeFiles(at, { 'inner.py': content }).catch(() => undefined);
  else await writeFile(at, content).catch(() => undefined);
}
