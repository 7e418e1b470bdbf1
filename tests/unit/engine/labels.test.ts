/** The pure parts of the engine adapter: engine JSON and streams into our nouns. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { LABEL } from '../../../orchestrator/src/domain/labels.ts';
import { pickApiVersion } from '../../../orchestrator/src/engine/api-version.ts';
import { readBuildOutput } from '../../../orchestrator/src/engine/build/build-output.ts';
import { toEvent } from '../../../orchestrator/src/engine/events.ts';
import { jsonLines } from '../../../orchestrator/src/engine/json-lines.ts';
import { imageSummary, toContainer, toImages } from '../../../orchestrator/src/engine/labels.ts';
import { freeSubnets } from '../../../orchestrator/src/engine/subnets.ts';

async function* chunksOf(...chunks: string[]) {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

async function* messagesOf(...messages: unknown[]) {
  yield* messages;
}

test('the API version is what we want, clamped to what the engine offers', () => {
  assert.equal(pickApiVersion({ min: '1.12', max: '1.41' }), '1.41');
  assert.equal(pickApiVersion({ min: '1.24', max: '1.52' }), '1.44');
  assert.equal(pickApiVersion({ min: '1.48', max: '1.60' }), '1.48');
  assert.equal(pickApiVersion({ min: null, max: '1.41' }), '1.41');
});

test('an engine that is too old is refused in one line that says what is needed', () => {
  const tooOld = () => pickApiVersion({ min: '1.12', max: '1.40' });
  assert.throws(tooOld, (error) => error instanceof HairemError && error.code === 'engine_refused');
  assert.throws(tooOld, /1\.40; 1\.41 \(Docker 20\.10\) or later/);
});

test('free subnets skip all that overlaps, larger and smaller networks too', () => {
  const taken = ['10.201.0.0/29', '10.201.0.16/30', '10.0.0.0/9', '10.201.0.64/26', 'fd00::/64', 'nonsense'];
  const found = freeSubnets({ pool: '10.201.0.0/24', taken, limit: 5 });
  assert.deepEqual(found, ['10.201.0.8/29', '10.201.0.24/29', '10.201.0.32/29', '10.201.0.40/29', '10.201.0.48/29']);
  assert.deepEqual(freeSubnets({ pool: '10.201.0.0/28', taken: ['10.128.0.0/9'], limit: 5 }), []);
  assert.equal(freeSubnets({ pool: '255.255.255.240/28', taken: [], limit: 9 }).length, 2);
});

test('JSON lines are read over any chunk border, and broken ones are skipped', async () => {
  const chunks = chunksOf('{"a":"', 'é"}\n{"b"', ':2}\r\n\nnonsense\n{"c":3}');
  assert.deepEqual(await Array.fromAsync(jsonLines(chunks)), [{ a: 'é' }, { b: 2 }, { c: 3 }]);
});

test('a build gives the id and says its lines', async () => {
  const lines: string[] = [];
  const output = messagesOf(
    { stream: 'Step 1/2 : FROM x\n' },
    { stream: '\n' },
    { status: 'Downloading', id: 'abc', progress: '[=>' },
    { stream: '\u001b[32mgreen\u001b[0m\r\n' },
    { aux: { ID: 'sha256:1' } },
  );
  assert.equal(await readBuildOutput(output, { tag: 't', onLine: (line) => lines.push(line) }), 'sha256:1');
  assert.deepEqual(lines, ['Step 1/2 : FROM x', 'green']);
});

test('a failed build throws with its last lines, though HTTP said 200', async () => {
  const noise = Array.from({ length: 50 }, (_, i) => ({ stream: `line ${i}\n` }));
  const output = messagesOf(...noise, { error: 'boom', errorDetail: { code: 3, message: 'boom' } });
  await assert.rejects(readBuildOutput(output, { tag: 'x:1' }), (error) => {
    assert.ok(error instanceof HairemError);
    assert.equal(error.code, 'build_failed');
    assert.equal(error.log.length, 30);
    assert.equal(error.log.at(-1), 'boom');
    return true;
  });
});

test('a command that fails is said with the line that tells why, and is in no log itself', async () => {
  const command = `The command '/bin/sh -c ${'x'.repeat(300)}' returned a non-zero code: 1`;
  const output = messagesOf({ stream: 'ERROR: No matching distribution found for a==9\n' }, { error: command });
  await assert.rejects(readBuildOutput(output, { tag: 'x:1' }), (error) => {
    assert.ok(error instanceof HairemError);
    assert.equal(
      error.message,
      'the build of x:1 failed: ERROR: No matching distribution found for a==9 (exit code 1)',
    );
    assert.deepEqual(error.log, ['ERROR: No matching distribution found for a==9']);
    return true;
  });
});

test('a build whose output just ends has failed', async () => {
  await assert.rejects(
    readBuildOutput(messagesOf({ stream: 'Step 1/1' }), { tag: 'x:1' }),
    /broke off the build of x:1/,
  );
});

test('a missing base image says which, and what to do', async () => {
  const output = messagesOf(
    { stream: 'Step 1/2 : FROM node:24-bookworm-slim' },
    { error: 'Get "https://registry.test/v2/": dial tcp: lookup registry.test: no such host' },
  );
  await assert.rejects(
    readBuildOutput(output, { tag: 'x:1' }),
    /node:24-bookworm-slim is missing .* run \.\/hairem up/,
  );
});

test('a step that fails to reach the network is not a missing base image', async () => {
  const output = messagesOf({ stream: 'Step 2/2 : RUN npm ci' }, { error: 'The command failed: no such host' });
  await assert.rejects(readBuildOutput(output, { tag: 'x:1' }), /the build of x:1 failed: The command failed/);
});

const labels = {
  [LABEL.orchestrator]: 'test',
  [LABEL.kind]: 'instance',
  [LABEL.agent]: 'echo',
  [LABEL.instance]: '7',
  [LABEL.bundleHash]: 'b',
  [LABEL.imageHash]: 'i',
  [LABEL.depsHash]: 'd',
  [LABEL.specHash]: 's',
  [LABEL.credSha256]: 'a'.repeat(64),
};
const summary = {
  Id: 'c1',
  Names: ['/hairem-test-echo-7'],
  Image: 'x',
  ImageID: 'sha256:x',
  State: 'exited',
  Labels: labels,
};

test('a container is read from its labels and its state', () => {
  const state = { OOMKilled: true, ExitCode: 137, StartedAt: '2026-01-01T00:00:00Z' };
  assert.deepEqual(toContainer(summary, state), {
    id: 'c1',
    name: 'hairem-test-echo-7',
    image: 'x',
    imageId: 'sha256:x',
    agent: 'echo',
    inst: 7,
    status: 'exited',
    exitCode: 137,
    oomKilled: true,
    startedAt: '2026-01-01T00:00:00Z',
    bundleHash: 'b',
    imageHash: 'i',
    depsHash: 'd',
    specHash: 's',
    secretsHash: '',
    credSha256: 'a'.repeat(64),
  });
});

test('a container that never started has no start time and no exit code', () => {
  const state = { ExitCode: 0, StartedAt: '0001-01-01T00:00:00Z' };
  const created = toContainer({ ...summary, State: 'created' }, state);
  assert.deepEqual([created?.status, created?.startedAt, created?.exitCode], ['created', null, null]);
});

test('a container whose labels are not an instance is not ours', () => {
  for (const [key, value] of [
    [LABEL.instance, '0'],
    [LABEL.instance, 'x'],
    [LABEL.credSha256, 'short'],
    [LABEL.agent, ''],
  ] as const) {
    assert.equal(toContainer({ ...summary, Labels: { ...labels, [key]: value } }, {}), null, `${key}=${value}`);
  }
});

const image = { Id: 'sha256:1', Size: 5, RepoTags: ['a:1'] };
const bundleLabels = { [LABEL.orchestrator]: 'test', [LABEL.kind]: 'bundle', [LABEL.agent]: 'echo' };
const imagesOf = (change: object) =>
  toImages(imageSummary.parse({ ...image, Labels: bundleLabels, ...change }), 'test');

test('an image has one entry per tag, or goes by its id when it has none', () => {
  const tagged = imagesOf({ RepoTags: ['a:1', 'a:2'] });
  assert.deepEqual(
    tagged.map((each) => [each.tag, each.agent, each.kind]),
    [
      ['a:1', 'echo', 'bundle'],
      ['a:2', 'echo', 'bundle'],
    ],
  );
  assert.equal(imagesOf({ RepoTags: ['<none>:<none>'] })[0]?.tag, 'sha256:1');
  assert.equal(imagesOf({ RepoTags: null })[0]?.tag, 'sha256:1');
});

test("bundle images of another installation are not ours, base and dependency images are everyone's", () => {
  assert.deepEqual(imagesOf({ Labels: { ...bundleLabels, [LABEL.orchestrator]: 'other' } }), []);
  assert.deepEqual(imagesOf({ Labels: null }), []);
  assert.equal(imagesOf({ Labels: { [LABEL.kind]: 'base' } })[0]?.kind, 'base');
  assert.equal(imagesOf({ Labels: { [LABEL.kind]: 'deps', [LABEL.depsHash]: 'd' } })[0]?.depsHash, 'd');
});

test('who made an image that all share is in its labels; a bundle says so of its base alone', () => {
  const isOurs = (Labels: Record<string, string>) => imagesOf({ Labels })[0]?.isOurs;
  for (const kind of ['base', 'deps']) {
    assert.equal(isOurs({ [LABEL.kind]: kind, [LABEL.maker]: 'test' }), true);
    assert.equal(isOurs({ [LABEL.kind]: kind, [LABEL.maker]: 'other' }), false);
    assert.equal(isOurs({ [LABEL.kind]: kind }), false);
  }
  assert.equal(isOurs({ ...bundleLabels, [LABEL.maker]: 'other' }), true);
});

test('events are hints; die names the container', () => {
  const attributes = { [LABEL.agent]: 'echo', [LABEL.instance]: '3' };
  const die = { Type: 'container', Action: 'die', Actor: { ID: 'c1', Attributes: attributes } };
  assert.deepEqual(toEvent(die), { kind: 'die', container: 'c1', agent: 'echo', inst: 3, exitCode: null });
  const oom = { Type: 'container', Action: 'oom', Actor: { ID: 'c1', Attributes: attributes } };
  assert.deepEqual(toEvent(oom), { kind: 'oom', container: 'c1', agent: 'echo', inst: 3, exitCode: null });
  const network = { Type: 'network', Action: 'connect', Actor: { ID: 'n1', Attributes: null } };
  assert.deepEqual(toEvent(network), { kind: 'other', container: null, agent: null, inst: null, exitCode: null });
  assert.equal(toEvent({ surprise: true }), null);
});
