/** What the orchestrator hands over to history, from two connections that hear some of the same: once, and with no secret. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { RedisBus } from '../../orchestrator/src/bus/redis-bus.ts';
import { DEFAULT_GRANT } from '../../orchestrator/src/domain/grants.ts';
import type { HistoryEntry } from '../../orchestrator/src/domain/ports/stores.ts';
import { createRedactor } from '../../orchestrator/src/redact/redactor.ts';
import { createRegistry } from '../../orchestrator/src/registry/create-registry.ts';
import { startCrewServices } from '../../orchestrator/src/start/services.ts';
import { type SteppedClock, steppedClock } from '../support/fakes/stepped-clock.ts';

type Listener = (channel: string, text: string) => void;
interface Added {
  args: { entries: HistoryEntry[] };
}

let clock: SteppedClock;
let stop: AbortController;
let bus: { listeners: Listener[]; state: ((state: 'up' | 'down') => void)[] };
let ears: Listener[];
let kept: HistoryEntry[];
/** Of whom the services said that it asks for too much. */
let spoken: string[];

const settled = () => new Promise((resolve) => setImmediate(resolve));
const never = () => Promise.reject(new Error('nobody asks'));
const log = { debug() {}, info() {}, warn() {}, error() {} };

beforeEach(() => {
  clock = steppedClock();
  stop = new AbortController();
  [bus, ears, kept, spoken] = [{ listeners: [], state: [] }, [], [], []];
  const redactor = createRedactor();
  redactor.hide(['swordfish-42']);
  const played: RedisBus = {
    async publish(channel, message) {
      if (channel !== 'svc:history:orchestrator:1') return 1;
      const { id, args } = message as Added & { id: string };
      kept.push(...args.entries);
      const answer = JSON.stringify({ type: 'reply', id, run: '', seq: 0, ok: true, result: 1 });
      for (const listener of bus.listeners) listener('re:orchestrator:1:history', answer);
      return 1;
    },
    onMessage: (listener) => void bus.listeners.push(listener),
    onState: (listener) => void bus.state.push(listener),
    fenceAndPublish: never,
    setUser: never,
    deleteUser: never,
    setPasswords: never,
    passwordsOf: never,
    strangers: never,
    listUsers: never,
    connectionsOf: never,
    connections: never,
    endConnections: never,
    refusals: never,
    counts: never,
    caughtUp: never,
    start: never,
    close() {},
    connection: () => null,
  };
  startCrewServices({
    bus: played,
    openCrewEar: () => ({ onMessage: (listener) => void ears.push(listener), start: async () => {}, close() {} }),
    registry: createRegistry({ clock }),
    forAgents: createRegistry({ clock }),
    languageModels: { modelOf: () => null, noteUsage() {}, noteShared() {}, noteFact() {} },
    system() {},
    grants: () => DEFAULT_GRANT,
    emit() {},
    report: (agent, kind, message) => void spoken.push(`${kind} ${agent}: ${message}`),
    fence: ({ agent, inst }, kind) => void spoken.push(`fenced ${agent}.${inst}: ${kind}`),
    whyUndelivered: () => null,
    whyLost: () => null,
    isAgent: () => true,
    redactor,
    clock,
    log,
    signal: stop.signal,
  });
  for (const tell of bus.state) tell('up');
});
afterEach(() => stop.abort());

/** As Redis gives it to the connections, each by its patterns. */
function say(from: string, to: string, { type = 'narrative.text', payload = {} } = {}): void {
  const channel = to === 'broadcast' ? `broadcast:${from}` : `agent:${to}:${from}`;
  const sender = { agent_id: from };
  const id = `${from}-${to}`;
  const text = JSON.stringify({
    id,
    timestamp: '2026-01-01T00:00:00Z',
    type,
    sender,
    recipient: { target: to },
    payload,
  });
  if (/^(agent:user:.*|agent:.*:user|broadcast:.*)$/.test(channel))
    for (const hear of bus.listeners) hear(channel, text);
  if (/^agent:/.test(channel)) for (const hear of ears) hear(channel, text);
}

async function untilKept(): Promise<string[]> {
  await settled();
  clock.advance(500);
  await settled();
  return kept.map(({ id }) => id).sort();
}

test('who asks the services for too much is named, and who goes on is ended; no agent can say it of another', async () => {
  const said = (ends: boolean, from = 'system:1') => {
    const args = { agent: 'wolf', inst: 3, message: 'it said more', ends };
    const text = JSON.stringify({ type: 'request', id: `${ends} ${from}`, op: 'overheard', args });
    for (const listener of bus.listeners) listener(`svc:crew:${from}`, text);
  };
  said(false);
  said(true);
  said(true, 'ada:1');
  await settled();
  assert.deepEqual(spoken, ['flood wolf: it said more; the rest is not heard', 'fenced wolf.3: flood']);
});

test('each message is kept once, whichever connection hears it', async () => {
  say('user', 'ada');
  say('ada', 'user');
  say('ada', 'broadcast');
  say('ada', 'bob');
  say('bob', 'ada');
  assert.deepEqual(await untilKept(), [
    'ada:ada-bob',
    'ada:ada-broadcast',
    'ada:ada-user',
    'bob:bob-ada',
    'user:user-ada',
  ]);
});

test('whispers, notes and commands between agents are nobody’s history', async () => {
  for (const type of ['system.whisper', 'agent.internal_note', 'expert.command', 'narrative.chunk'])
    say('ada', 'bob', { type });
  assert.deepEqual(await untilKept(), []);
});

test('no secret is in it, whatever a message calls it', async () => {
  const payload = { content: 'it is swordfish-42', code: 'swordfish-42', result: { id: 'swordfish-42' } };
  say('ada', 'bob', { payload });
  say('ada', 'user', { payload });
  assert.equal((await untilKept()).length, 2);
  assert.doesNotMatch(JSON.stringify(kept), /swordfish/);
});

test('a flood among agents displaces nothing that people hear', async () => {
  for (let n = 0; n < 10_000; n += 1) say('ada', 'bob');
  say('ada', 'user');
  await untilKept();
  assert.ok(kept.some(({ target }) => target === 'user'));
  assert.equal(kept.filter(({ target }) => target === 'bob').length, 200);
});
