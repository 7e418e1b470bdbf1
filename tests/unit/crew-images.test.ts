/** Which images are removed now and then: those that this installation made and none of its agents needs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { depsTag } from '../../orchestrator/src/domain/labels.ts';
import type { ObservedImage } from '../../orchestrator/src/domain/observation.ts';
import type { Runtime, Version } from '../../orchestrator/src/domain/version.ts';
import type { BaseImage } from '../../orchestrator/src/images/base-image.ts';
import { compilersTagOn } from '../../orchestrator/src/images/dockerfile.ts';
import { SWEEP_MS, sweepImages } from '../../orchestrator/src/images/sweep-images.ts';
import { type Actor, newActor } from '../../orchestrator/src/reconcile/agent-worker.ts';
import { unneededImages } from '../../orchestrator/src/start/unneeded-images.ts';
import { aVersion } from '../support/builders/a-version.ts';
import { steppedClock } from '../support/fakes/stepped-clock.ts';

const hash = (digit: string) => digit.repeat(64);
const [NEW, OLD] = [`sha256:${hash('a')}`, `sha256:${hash('b')}`];
const base = (runtime: Runtime, of = 'new'): BaseImage => ({
  runtime,
  hash: of,
  tag: `hairem/agent-base-${runtime}:${of}`,
  dir: '/x',
  dockerfile: '',
});
const bases = { node: base('node'), python: base('python') };
const image = (tag: string, more: Partial<ObservedImage> = {}): ObservedImage => ({
  id: NEW,
  tag,
  kind: 'deps',
  agent: null,
  imageHash: null,
  depsHash: null,
  isOurs: true,
  bytes: 1,
  ...more,
});
const proxy = (of: string) =>
  image(`hairem/agent-indexes-0:${of}`, { kind: 'bundle', agent: 'indexes-0', depsHash: of });
const inBase = (tag: string, id = NEW) => image(tag, { kind: 'base', id });

const wants = (version: Version, compilers = false) =>
  ({ kind: 'valid', version, snapshot: { build: { compilers, sources: [] } } }) as unknown as Actor['desired'];
const version = (digit: string, runtime: Runtime = 'python') => aVersion({ depsHash: hash(digit), runtime });

function crew(change: (actor: Actor) => void = () => {}): Actor[] {
  const actor = newActor('echo');
  actor.desired = wants(version('1'));
  actor.session.stored = { ...actor.session.stored, running: version('2'), lastGood: version('3') };
  change(actor);
  return [actor];
}
const compilersOn = (id: string) => inBase(compilersTagOn('python', id));

const IMAGES = [
  inBase(base('node', 'old').tag, OLD),
  inBase(bases.node.tag),
  inBase(bases.python.tag),
  compilersOn(NEW),
  compilersOn(OLD),
  ...['1', '2', '3', '4'].map((digit) => image(depsTag(hash(digit)))),
  image(depsTag(hash('5')), { isOurs: false }),
  image('hairem/agent-gone:1', { kind: 'bundle', agent: 'gone' }),
  proxy('old'),
  proxy('new'),
];

const CASES: [string, (actor: Actor) => void, string[]][] = [
  ['compilers that nobody is granted', () => {}, [compilersOn(NEW).tag]],
  [
    'no compilers that one is granted',
    (actor) => {
      actor.desired = wants(version('1'), true);
    },
    [],
  ],
];
for (const [what, change, more] of CASES)
  test(`go: dependencies of no version, a base and a proxy of before, ${what}; what stands on another first`, () => {
    const found = unneededImages(IMAGES, { actors: crew(change), bases });
    const always = [proxy('old').tag, depsTag(hash('4')), compilersOn(OLD).tag, base('node', 'old').tag];
    assert.deepEqual([...found].sort(), [...always, ...more].sort());
    assert.deepEqual(
      found.map((tag) => tag.split(':')[0]).filter((name, at, all) => name !== all[at - 1]),
      ['hairem/agent-indexes-0', 'hairem/deps', 'hairem/compilers-python', 'hairem/agent-base-node'],
    );
  });

test('nothing goes while a version is built or a folder changes', () => {
  const building = crew((actor) => {
    actor.running = { step: { kind: 'build' } } as unknown as Actor['running'];
  });
  const settling = crew((actor) => {
    actor.desired = { kind: 'settling', id: 'echo', folder: 'echo' };
  });
  for (const actors of [building, settling]) assert.deepEqual(unneededImages(IMAGES, { actors, bases }), []);
});

test('each is asked for anew, tried once a time, and one that fails ends that time alone', async () => {
  const clock = steppedClock();
  const over = new AbortController();
  let unneeded = ['a', 'b', 'c'];
  const [removed, errors]: [string[], unknown[]] = [[], []];
  const running = sweepImages({
    unneeded: () => unneeded,
    async remove(tag) {
      if (tag === 'fails') throw new Error('no');
      if (tag === 'a') unneeded = ['a', 'c'];
    },
    onRemoved: (tag) => removed.push(tag),
    onError: (_, error) => errors.push(error),
    clock,
    signal: over.signal,
  });
  const pass = async () => {
    clock.advance(SWEEP_MS);
    for (let n = 0; n < 10; n += 1) await turn();
  };
  await turn();
  assert.deepEqual(removed, []);
  await pass();
  assert.deepEqual(removed, ['a', 'c']);
  unneeded = ['fails', 'd'];
  await pass();
  unneeded = ['d'];
  await pass();
  assert.deepEqual([removed, errors.length], [['a', 'c', 'd'], 1]);
  over.abort();
  await running;
});
