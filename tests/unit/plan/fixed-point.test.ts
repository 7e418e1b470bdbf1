/** Property: planned steps applied to a simulated host reach a fixed point, and a served agent is never without an owner. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SecretState } from '../../../orchestrator/src/domain/secrets.ts';
import type { Version } from '../../../orchestrator/src/domain/version.ts';
import type { AgentView } from '../../../orchestrator/src/plan/agent-view.ts';
import { planAgent } from '../../../orchestrator/src/plan/plan-changes.ts';
import type { Step } from '../../../orchestrator/src/plan/step.ts';
import { container, image, live, nothing, valid, version } from './views.ts';

const MOST_STEPS = 20;

/** What a step does to the world when nothing fails; `fails` lets candidates die. */
function apply(view: AgentView, step: Step, fails: boolean): AgentView {
  switch (step.kind) {
    case 'build':
      return { ...view, images: [...view.images, image(step.version)] };
    case 'start':
    case 'swap':
    case 'replace':
      return fails ? condemned(view, step.version) : handedOver(attached(view, step.version.spec.egress), step.version);
    case 'configure': {
      const { owner } = view.live;
      assert.ok(owner);
      const stored = { ...view.stored, running: step.version };
      return { ...view, stored, live: { ...view.live, owner: { ...owner, hash: step.version.hash } } };
    }
    case 'retire':
      return withoutSpare(view);
    case 'stop':
      return { ...view, containers: [], live: nothing().live };
    case 'remove':
      return { ...view, containers: view.containers.filter((c) => !step.containers.includes(c)) };
    case 'adopt': {
      const [first, ...others] = step.containers;
      assert.ok(first && view.stored.running);
      const owner = { ...live(first.inst, view.stored.running), imageHash: first.imageHash, hash: first.bundleHash };
      const containers = view.containers.filter((c) => !others.includes(c));
      return { ...view, containers, live: { ...view.live, owner, known: new Set([first.inst]) } };
    }
    case 'attach':
      return attached(view, step.version.spec.egress);
    case 'forget':
      return { ...view, images: [], networks: [], redisNetworks: [] };
    case 'prune':
      return {
        ...view,
        images: view.images.filter(({ tag }) => !step.images.includes(tag)),
        networks: view.networks.filter(({ name }) => !step.networks.includes(name)),
      };
  }
}

function attached(view: AgentView, egress: 'none' | 'internet'): AgentView {
  const name = `net-${egress}`;
  const networks = view.networks.some((n) => n.name === name)
    ? view.networks
    : [...view.networks, { id: name, name, agent: 'echo', egress, subnets: [] }];
  return { ...view, networks, redisNetworks: [...view.redisNetworks, name] };
}

function condemned(view: AgentView, bad: Version): AgentView {
  if (!view.stored.running) return { ...view, notBefore: Number.MAX_VALUE };
  const scope = view.stored.running.hash === bad.hash ? 'secrets' : 'version';
  const secrets = secretsOf(view, bad);
  return { ...view, stored: { ...view.stored, condemned: { hash: bad.hash, secrets, scope, because: 'it failed' } } };
}

const secretsOf = (view: AgentView, of: Version) => view.secrets.get(of.hash)?.hash ?? '';

function handedOver(view: AgentView, to: Version): AgentView {
  const inst = view.stored.lastInst + 1;
  const old = view.live.owner;
  const containers = [...view.containers.filter((c) => c.inst === old?.inst), container(inst, to)];
  const stored = { ...view.stored, lastInst: inst, running: to, lastGood: view.stored.running };
  const known = new Set(containers.map((c) => c.inst));
  const window = old ? { spare: old.inst, windowEnds: 0 } : { spare: null, windowEnds: null };
  return {
    ...view,
    stored,
    containers,
    request: null,
    live: { ...window, owner: { ...live(inst, to), secretsHash: secretsOf(view, to) }, known },
  };
}

function withoutSpare(view: AgentView): AgentView {
  const { spare, owner } = view.live;
  const containers = view.containers.filter((c) => c.inst !== spare);
  return {
    ...view,
    containers,
    live: { owner, spare: null, windowEnds: null, known: new Set(containers.map((c) => c.inst)) },
  };
}

/** A small seeded generator, so that a failure can be run again. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test('500 random histories settle, and nobody who was served is left without an owner', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const random = randomOf(seed);
    let view = nothing();
    for (let change = 0; change < 6; change += 1) {
      view = disturb(view, random);
      const wasServed = view.live.owner !== null;
      view = settle(view, { random, wasServed, seed });
    }
  }
});

function disturb(view: AgentView, random: () => number): AgentView {
  const name = 'abcd'[Math.floor(random() * 4)] ?? 'a';
  const soft = random() < 0.3 ? { hash: `hash-${name}-soft`, softHash: 'other' } : {};
  const spec = { memory: 1, cpus: 1, pids: 1, egress: 'internet', storage: false } as const;
  const reach = random() < 0.2 ? { hash: `hash-${name}-out`, specHash: 'out', spec } : {};
  const secrets = someSecrets(random);
  const wanted = version(name, { ...soft, ...reach });
  const changed = {
    ...view,
    secrets,
    notBefore: null,
    desired: valid(wanted),
    hold: someHold(view, wanted, random),
    goneSince: null,
  };
  if (random() < 0.2) return { ...changed, live: nothing().live };
  if (random() < 0.2) return { ...changed, containers: [], live: nothing().live };
  if (random() < 0.1) return { ...changed, desired: null, goneSince: 0 };
  return random() < 0.2 ? { ...changed, request: 'restart' } : changed;
}

/** The end of a history, too, until the secret appears: and only where nobody runs. */
function assertBlocked(view: AgentView, seed: number): AgentView {
  assert.equal(view.live.owner, null, `seed ${seed}: somebody runs`);
  return view;
}

/** Any version may wait for a word, but for those that ran with one. */
function someHold({ stored }: AgentView, { hash }: Version, random: () => number): AgentView['hold'] {
  const isKnown = [stored.running, stored.lastGood].some((one) => one?.hash === hash);
  return isKnown || random() < 0.7 ? null : { version: hash, because: 'waits for your word' };
}

/** Anyone's secrets may change or go missing at any time. */
function someSecrets(random: () => number): AgentView['secrets'] {
  const of = (hash: string): [string, SecretState] => [
    hash,
    { hash: random() < 0.5 ? '' : 'x', secrets: [], notes: [], missing: random() < 0.2 ? ['a secret is missing'] : [] },
  ];
  return new Map(['hash-a', 'hash-b', 'hash-b-soft', 'hash-c-out'].map(of));
}

function settle(
  start: AgentView,
  { random, wasServed, seed }: { random: () => number; wasServed: boolean; seed: number },
): AgentView {
  let view = start;
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const step = planAgent(view, { now: 10_000, removeHoldMs: 3000 });
    if (!step) return view;
    if (step.kind === 'block') return assertBlocked(view, seed);
    if ('version' in step) assert.notEqual(step.version.hash, view.hold?.version, `seed ${seed}: without a word`);
    view = apply(view, step, random() < 0.2);
    const served = view.live.owner !== null || step.kind === 'stop' || step.kind === 'forget';
    if (wasServed) assert.ok(served || view.desired === null, `seed ${seed}: nobody acts after ${step.kind}`);
  }
  assert.fail(`seed ${seed}: no fixed point after ${MOST_STEPS} steps`);
}
