/** The redactor is no oracle: what agents read of each other shows nothing of whose secret a word is. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRegistryService } from '../../../orchestrator/src/reconcile/services/registry-service.ts';
import { createOwnRedactors } from '../../../orchestrator/src/redact/agent-redactors.ts';
import { spellingsOf } from '../../../orchestrator/src/redact/encodings.ts';
import {
  appliedToAll,
  ownRedactedRegistry,
  redactedControl,
  redactedRegistry,
} from '../../../orchestrator/src/redact/redacted-ports.ts';
import { createRedactor } from '../../../orchestrator/src/redact/redactor.ts';
import { createRegistry } from '../../../orchestrator/src/registry/create-registry.ts';
import { active, desired, eventOf, heartbeat } from '../../support/builders/registry-events.ts';
import { fakeControl } from '../../support/fakes/fake-control.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

const PIN = '471147';
const OWN = 'mine-own-secret';

function crew() {
  const all = createRedactor();
  all.hide([PIN, OWN]);
  const own = createOwnRedactors();
  own.hide('alarm', [PIN]);
  own.hide('echo', [OWN]);
  const clock = steppedClock();
  const forAgents = ownRedactedRegistry(createRegistry({ clock, eventsKept: 0 }), own);
  const people = appliedToAll(redactedRegistry(createRegistry({ clock }), all), forAgents);
  return { people, service: createRegistryService(forAgents) };
}

async function readBy(service: ReturnType<typeof crew>['service'], op: 'list' | 'get'): Promise<string> {
  const call = { agent: 'anyone', inst: 1, id: 'x', signal: new AbortController().signal, emit() {}, restart() {} };
  return JSON.stringify(await service.operations[op]?.run({ id: 'echo' }, call));
}

/** Every field of a record that an agent fills, by its code or by its bundle, and that agents may read. */
const FIELDS = {
  'a skill by heartbeat': (text: string) => [heartbeat(1, { skills: [{ name: 'guess', description: text }] })],
  'the name of a skill': (text: string) => [heartbeat(1, { skills: [{ name: text, description: '' }] })],
  'a command': (text: string) => [heartbeat(1, { commands: [text] })],
  'the description of the bundle': (text: string) => [active('h1', 1, { description: text })],
  'a capability': (text: string) => [active('h1', 1, { capabilities: [text] })],
};

describe('a guess is told back as it was said, in each spelling that the redactor knows', () => {
  for (const [field, factsOf] of Object.entries(FIELDS)) {
    for (const guess of [PIN, '000000', ...spellingsOf(PIN)]) {
      test(`${field}: ${guess}`, async () => {
        const { people, service } = crew();
        people.apply(eventOf(desired('h1')));
        people.apply(eventOf(active('h1', 1)));
        for (const fact of factsOf(`is it ${guess}?`)) people.apply(eventOf(fact));
        for (const op of ['get', 'list'] as const) {
          const told = await readBy(service, op);
          assert.ok(told.includes(`is it ${guess}?`), told);
          assert.ok(!told.includes('***'), told);
        }
        const shown = JSON.stringify(people.get('echo'));
        assert.equal(shown.includes('***'), guess !== '000000');
      });
    }
  }
});

test('its own secret is told to no agent, itself included, and to no person', async () => {
  const { people, service } = crew();
  people.apply(eventOf(active('h1', 1)));
  people.apply(eventOf(heartbeat(1, { skills: [{ name: 'leak', description: `${OWN} and ${PIN}` }] })));
  assert.match(await readBy(service, 'get'), new RegExp(`\\*\\*\\* and ${PIN}`));
  assert.match(JSON.stringify(people.get('echo')), /\*\*\* and \*\*\*/);
});

test('a message is redacted once, however many read it, and not at all where nobody does', () => {
  const control = fakeControl();
  const all = createRedactor();
  all.hide([PIN]);
  let calls = 0;
  const text = (said: string) => {
    calls += 1;
    return all.text(said);
  };
  const watched = redactedControl(control, { ...all, text });
  const message = { payload: { content: `it is ${PIN}` } };
  control.say(message);
  assert.equal(calls, 0);
  const heard: unknown[] = [];
  const leave = Array.from({ length: 50 }, () => watched.onUserMessage((said) => heard.push(said)));
  control.say(message);
  assert.equal(calls, 1);
  assert.deepEqual(heard, Array(50).fill({ payload: { content: 'it is ***' } }));
  for (const go of leave) {
    go();
    go();
  }
  control.say(message);
  assert.equal(calls, 1);
  watched.onUserMessage((said) => heard.push(said));
  control.say(message);
  assert.equal(heard.length, 51);
});
