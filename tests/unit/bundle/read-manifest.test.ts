/** The manifest: defaults, what is refused, and where problems point to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMemorySize } from '../../../orchestrator/src/bundle/manifest/manifest-schema.ts';
import {
  guessStatedId,
  literalsOf,
  readManifest,
  secretsOf,
} from '../../../orchestrator/src/bundle/manifest/read-manifest.ts';
import type { Problem } from '../../../orchestrator/src/domain/desired.ts';

const reading = (files: Record<string, string>) =>
  readManifest(new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])));
const manifest = (text: string) => reading({ 'manifest.yaml': text });
const shown = (problems: readonly Problem[]) =>
  problems.map(
    ({ severity, file, line, column, path, message }) => `${severity} ${file}:${line}:${column} ${path}: ${message}`,
  );

test('defaults are those of the table', () => {
  const { manifest: m, problems } = manifest('name: Echo\n');
  assert.deepEqual(problems, []);
  assert.deepEqual(m?.resources, { memory: 256 * 1024 * 1024, cpus: 0.5, pids: 128 });
  assert.deepEqual(m?.update, {
    strategy: 'start-first',
    ready_seconds: 60,
    min_healthy_seconds: 0,
    drain_seconds: 30,
    monitor_seconds: 30,
  });
  assert.deepEqual([m?.enabled, m?.storage, m?.capabilities, m?.config, m?.network], [true, false, [], {}, {}]);
});

test('every problem is reported at once, with its place, what was expected and what was found', () => {
  const text =
    'name: 5\nresources:\n  memory: lots\n  cpus: 0\nnetwork: {egress: lan}\nskills:\n  - description: x\nenabled: yes\n';
  assert.deepEqual(shown(manifest(text).problems), [
    'error manifest.yaml:1:7 name: expected a text (put it in quotes), found number 5',
    'error manifest.yaml:7:5 skills[0].name: expected a text (put it in quotes), found nothing',
    'error manifest.yaml:5:19 network.egress: expected none or internet, found text "lan"',
    'error manifest.yaml:3:11 resources.memory: expected a memory size from 32m to 64g, for example 256m, found text "lots"',
    'error manifest.yaml:4:9 resources.cpus: expected a number from 0.05 to 64, found number 0',
    'error manifest.yaml:8:10 enabled: expected true or false, found text "yes"; write true',
  ]);
});

test('keys that ask for engine power are errors, in any spelling and in our sections', () => {
  const text = 'privileged: true\nnetworkMode: host\nresources:\n  cap-add: [ALL]\nconfig:\n  devices: [x]\n';
  const { problems, manifest: m } = manifest(text);
  assert.equal(m, null);
  const errors = problems.filter(({ severity }) => severity === 'error');
  assert.deepEqual(
    errors.map(({ line, path }) => `${line} ${path}`),
    ['1 privileged', '2 networkMode', '4 resources.cap-add'],
  );
});

test('an unknown key is kept and warned about, with what was probably meant', () => {
  const { manifest: m, extra, problems } = manifest('capabilites: [x]\nupdate:\n  drain_second: 4\nfavourite: blue\n');
  assert.notEqual(m, null);
  assert.deepEqual(extra, { capabilites: ['x'], update: { drain_second: 4 }, favourite: 'blue' });
  assert.deepEqual(shown(problems), [
    'warning manifest.yaml:1:1 capabilites: unknown key "capabilites", handed to the agent as it is; did you mean "capabilities"?',
    'warning manifest.yaml:3:3 update.drain_second: unknown key "drain_second", handed to the agent as it is; did you mean "drain_seconds"?',
    'warning manifest.yaml:4:1 favourite: unknown key "favourite", handed to the agent as it is',
  ]);
});

test('expert.yaml alone is the manifest', () => {
  assert.equal(reading({ 'expert.yaml': 'name: A\n' }).manifest?.name, 'A');
});

test('expert.yaml adds what manifest.yaml lacks; a key in both names both lines', () => {
  const both = reading({ 'manifest.yaml': 'name: A\n', 'expert.yaml': 'role: B\nversion: 2\n' });
  assert.deepEqual([both.manifest?.name, both.manifest?.role, both.manifest?.version], ['A', 'B', '2']);
  const clash = reading({ 'manifest.yaml': '\nname: A\n', 'expert.yaml': 'role: B\nname: C\n' });
  assert.deepEqual(shown(clash.problems), [
    'error expert.yaml:2:1 name: "name" is also in manifest.yaml on line 2; keep it in one of the two',
  ]);
});

test('a problem in expert.yaml points into expert.yaml', () => {
  const { problems } = reading({ 'manifest.yaml': 'name: A\n', 'expert.yaml': 'role: B\nstorage: much\n' });
  assert.deepEqual(shown(problems), ['error expert.yaml:2:10 storage: expected true or false, found text "much"']);
});

test('no manifest: said so, with a file that may be meant', () => {
  assert.match(reading({}).problems[0]?.message ?? '', /^there is no manifest.yaml$/);
  assert.match(reading({ 'manifest.yml': '' }).problems[0]?.message ?? '', /is "manifest.yml" meant/);
});

test('a key without a value counts as not stated', () => {
  assert.deepEqual(manifest('name: A\nskills:\nrole:\n').problems, []);
});

test('secrets are names, references or literals; a literal is a warning and its value is kept nowhere', () => {
  const reference = `$${'{ENV_A}'}`;
  const text = `secrets:\n  A: "${reference}"\n  B: {file: /run/secrets/b}\n  C: hunter2\n  D:\n`;
  const { manifest: m, problems } = manifest(text);
  assert.deepEqual(secretsOf(m?.secrets ?? []), [
    { name: 'A', from: { kind: 'variable', variable: 'ENV_A' } },
    { name: 'B', from: { kind: 'file', file: '/run/secrets/b' } },
    { name: 'C', from: { kind: 'literal' } },
    { name: 'D', from: { kind: 'name' } },
  ]);
  assert.deepEqual(
    problems.map(({ severity, path }) => `${severity} ${path}`),
    ['warning secrets.C'],
  );
});

test('a secret that is written out is what is written', () => {
  const written = { PIN: '0042', ID: '1144027923840143361', HEX: '0x1F', SUM: '1.50', BIG: '1e999', YES: 'True' };
  const text = `secrets:\n${Object.entries(written)
    .map(([name, value]) => `  ${name}: ${value}\n`)
    .join('')}`;
  const { manifest: m, problems } = manifest(text);
  assert.deepEqual(literalsOf(m?.secrets ?? []), written);
  assert.ok(problems.every(({ severity }) => severity === 'warning'));
});

test('a number in config that would become another one is refused with its line, and not repeated', () => {
  const { problems } = manifest('name: A\nconfig:\n  channel_id: 1144027923840143361\n  pin: 0042\n');
  assert.deepEqual(shown(problems), [
    'error manifest.yaml:3:15 config.channel_id: is more than a number can hold exactly (2^53 - 1): write it in quotes',
    'error manifest.yaml:4:8 config.pin: begins with 0, which a number loses: write it in quotes, or without the 0 if it is a number',
  ]);
});

test('private values are not repeated in problems', () => {
  const text = 'secrets: hunter2\nconfig: hunter2\nllm_config: hunter2\n';
  assert.ok(!shown(manifest(text).problems).join('\n').includes('hunter2'));
});

test('what is ours in llm_config is checked, the rest is the provider’s', () => {
  const wrong = manifest('llm_config: {price: {input: much}, max_rounds: 99, stream: soon, top_k: [1]}\n');
  assert.deepEqual(
    wrong.problems.map(({ path }) => path),
    ['llm_config.price.input', 'llm_config.max_rounds', 'llm_config.stream'],
  );
  const right = 'llm_config: {price: {input: 0.1}, max_rounds: 0, stream: false, api_key: x, seed: 7}\n';
  assert.deepEqual(manifest(right).problems, []);
});

test('peers in topics are ids, as spelt or not', () => {
  assert.deepEqual(manifest('topics: {send_to: [Renarde, living_room]}\n').manifest?.topics.send_to, [
    'renarde',
    'living-room',
  ]);
  assert.equal(manifest('topics: {send_to: ["a*"]}\n').manifest, null);
});

test('memory sizes', () => {
  assert.deepEqual(['256m', '1g', '1.5g', '64MiB', '2048k', 1000, '12', 'm', '1t', '-1m', ''].map(parseMemorySize), [
    268435456,
    1073741824,
    1610612736,
    67108864,
    2097152,
    1000,
    12,
    null,
    null,
    null,
    null,
  ]);
});

test('the id of a manifest that does not parse can still be told', () => {
  const id = (text: string) => guessStatedId([Buffer.from(text)]);
  assert.deepEqual(
    [id('name: {\nid: electra # x\n'), id('id: "a b"\n'), id('  id: nested\n'), id('')],
    ['electra', 'a b', null, null],
  );
});
