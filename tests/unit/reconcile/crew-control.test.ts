/** What the API may ask of the crew: the plan and the log say what stands in the way, a wish is said once, and a message that nobody hears is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Behind } from '../../../orchestrator/src/domain/behind.ts';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { newActor } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { createBuildLog } from '../../../orchestrator/src/reconcile/commands/build-log.ts';
import { type ControlDeps, createCrewControl } from '../../../orchestrator/src/reconcile/commands/commands.ts';
import { aMember } from '../../support/builders/a-member.ts';
import { NOON, PROBLEM } from '../../support/builders/registry-events.ts';

const INVALID = { kind: 'invalid', id: 'echo', folder: 'echo', problems: [PROBLEM] } as const;

function controlled({ behind = null as Behind | null, unheard = null as HairemError | null } = {}) {
  const actor = newActor('echo');
  const facts: AgentFact[] = [];
  const published: string[] = [];
  const buildLog = createBuildLog(() => NOON);
  const swap = {
    clock: { now: () => 0, timestamp: () => NOON },
    emit: (_agent: string, fact: AgentFact) => facts.push(fact),
    save: async () => {},
    wake: () => {},
    report: () => {},
    onError: () => {},
  };
  const bus = { onMessage: () => {}, publish: async (channel: string) => void published.push(channel) };
  const deps = {
    swap,
    bus,
    host: {},
    actors: new Map([['echo', actor]]),
    buildLog,
    allowing: {},
    preview: async () => ({ step: null, behind }),
    whyUndelivered: () => unheard,
    whyLost: () => null,
    removeAll: async () => {},
  };
  return { actor, facts, published, buildLog, control: createCrewControl(deps as unknown as ControlDeps) };
}

test('a plan says what stands between what runs and the folder', async () => {
  const { control } = controlled({ behind: { kind: 'invalid', because: 'manifest.yaml:3:5 resources.memory: no' } });
  assert.equal(
    await control.plan('echo'),
    'echo: its folder is invalid and is not taken: manifest.yaml:3:5 resources.memory: no\necho: nothing to do\n',
  );
  const held = controlled({ behind: { kind: 'held', because: 'waits for your word: x' } });
  assert.equal(await held.control.plan('echo'), 'echo: waits for your word: x\necho: nothing to do\n');
  assert.equal(await controlled().control.plan('echo'), 'echo: nothing to do\n');
});

test('the log begins with what is wrong with the folder', async () => {
  const { actor, control, buildLog } = controlled();
  actor.desired = INVALID;
  buildLog.add('echo', 'Step 1');
  const lines: string[] = [];
  const { signal } = new AbortController();
  for await (const { text } of control.logs('echo', { tail: 10, follow: false, signal })) lines.push(text);
  assert.deepEqual(lines, ['error: manifest.yaml:3:5 resources.memory: expected a size like 256m', 'Step 1']);
});

test('a stop of what does not run is said by the wish, of what runs by its end', async () => {
  for (const wish of ['stop', 'off'] as const) {
    const { actor, facts, control } = controlled();
    const ask = () => (wish === 'stop' ? control.intend('echo', 'stop') : control.setActive('echo', false));
    actor.session.members.set(1, aMember(1, 'candidate'));
    await ask();
    assert.deepEqual(facts, []);
    actor.session.members.clear();
    await ask();
    assert.deepEqual(
      facts.map(({ type }) => type),
      [wish === 'stop' ? 'stopped' : 'disabled'],
    );
  }
});

test('what nobody would hear is refused and not sent, also by who waits for nothing', async () => {
  const message = { type: 'user_message', payload: { content: 'x' } };
  const { control, published } = controlled({ unheard: new HairemError('conflict', 'echo is stopped') });
  await assert.rejects(control.send('echo', message, null), /^HairemError: echo is stopped$/);
  assert.deepEqual(published, []);
  const heard = controlled();
  await heard.control.send('echo', message, null);
  assert.deepEqual(heard.published, ['agent:echo:user']);
});
