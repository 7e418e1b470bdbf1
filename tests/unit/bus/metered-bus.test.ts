/** The gauge in front of the orchestrator's ears: who is named, whom it lets pass, and that one's flood is its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGauge, metered, type Speaker } from '../../../orchestrator/src/bus/limits/metered-bus.ts';
import { AMONG_AGENTS } from '../../../orchestrator/src/bus/limits/sender-gauge.ts';
import { throwLater } from '../../../orchestrator/src/domain/errors/failures.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

function rig() {
  const said: string[] = [];
  const tell = (what: string) => (who: Speaker) => void said.push(`${what} ${who.agent} ${who.inst}`);
  const clock = steppedClock();
  const gauge = createGauge({
    clock,
    onThrottled: tell('throttled'),
    onFlood: tell('flood'),
    onForged: tell('forged'),
  });
  const ears: ((channel: string, text: string) => void)[] = [];
  const bus = metered(
    [{ onMessage: (ear) => void ears.push(ear) }, { onMessage: (ear) => void ears.push(ear) }],
    gauge,
    throwLater,
  );
  const heard: string[] = [];
  bus.onMessage((channel) => heard.push(channel));
  return {
    said,
    clock,
    gauge,
    heard,
    say: (channel: string, bytes = 10, ear = 0) => ears[ear]?.(channel, 'x'.repeat(bytes)),
    tell: (channel: string, text: string) => ears[0]?.(channel, text),
  };
}

const FLOODS: [string, string][] = [
  ['st:wolf:3', 'wolf 3'],
  ['svc:registry:wolf:3', 'wolf 3'],
  ['svc:crew:wolf:3', 'wolf 3'],
  ['agent:user:wolf', 'wolf null'],
  ['broadcast:wolf', 'wolf null'],
];

for (const [channel, culprit] of FLOODS)
  test(`a flood on ${channel} names ${culprit} once, and nobody else is dropped`, () => {
    const { said, heard, say } = rig();
    for (let n = 0; n < 30; n += 1) say(channel, 900_000);
    assert.deepEqual(said, [`throttled ${culprit}`, `flood ${culprit}`]);
    assert.ok(heard.length < 15);
    const honest = [
      'st:sheep:1',
      'svc:registry:sheep:1',
      'agent:user:sheep',
      'broadcast:sheep',
      're:orchestrator:1',
      'agent:wolf:user',
    ];
    const before = heard.length;
    for (const one of honest) say(one);
    assert.deepEqual(heard.slice(before), honest);
  });

test('what one says to one is bounded apart from what it says to many: who goes on to one is ended', () => {
  const said: string[] = [];
  const tell = (what: string) => (who: Speaker) => void said.push(`${what} ${who.agent}`);
  const gauge = createGauge({
    clock: steppedClock(),
    budgets: AMONG_AGENTS,
    onThrottled: tell('throttled'),
    onFlood: tell('flood'),
    onForged: tell('forged'),
  });
  const heard = (to: string) =>
    Array.from({ length: 10 }, () => gauge.admits(`agent:${to}:wolf`, 900_000)).filter(Boolean).length;
  const counts = ['a', 'b', 'c'].map((to) =>
    Array.from({ length: 2 }, () => gauge.admits(`agent:${to}:wolf`, 900_000)),
  );
  assert.deepEqual([counts.flat().every(Boolean), said], [true, []], 'a picture or two to each of a crew');
  assert.equal(heard('a'), 0);
  assert.deepEqual(said, ['throttled wolf', 'flood wolf']);
  assert.equal(gauge.admits('agent:a:sheep', 900_000), true);
});

test('what one says to many made-up names, or to one of a megabyte, counts as what it says in all', () => {
  const said: string[] = [];
  const tell = (what: string) => (who: Speaker) => void said.push(`${what} ${who.agent}`);
  const [onThrottled, onFlood, onForged] = [tell('throttled'), tell('flood'), tell('forged')];
  const rigged = () => createGauge({ clock: steppedClock(), budgets: AMONG_AGENTS, onThrottled, onFlood, onForged });
  const many = rigged();
  let heard = 0;
  for (let n = 0; n < 20_001; n += 1) if (many.admits(`agent:a${n}:wolf`, 1)) heard += 1;
  assert.deepEqual([heard, said.splice(0)], [10_000, ['throttled wolf', 'flood wolf']]);
  const long = rigged();
  const name = `agent:${'x'.repeat(1_000_000)}:wolf`;
  for (let n = 0; n < 40; n += 1) long.admits(name, 1);
  assert.deepEqual(said, ['throttled wolf', 'flood wolf']);
  assert.equal(rigged().admits('agent:user:wolf', 3_000_000), true, 'people have a gauge of their own');
});

test('what is no channel of the bus is heard by nobody', () => {
  const { heard, say } = rig();
  for (const channel of ['st:wolf', 'st:wolf:1:2', 'agent:a:b:c', 'svc:registry:wolf', 'broadcast:', 'ctl:wolf', ''])
    say(channel);
  assert.deepEqual(heard, []);
});

test('both connections are heard, and count as one speaker', () => {
  const { heard, gauge, say } = rig();
  say('st:a:1', 10, 0);
  say('broadcast:a', 20, 1);
  assert.deepEqual(heard, ['st:a:1', 'broadcast:a']);
  assert.deepEqual(gauge.loudest(), { agent: 'a', bytes: 30 });
  assert.equal(gauge.loudest(), null, 'asked anew, counted anew');
});

test('of what fills the buffers of others each word is told, heard or not, and whoever says it', () => {
  const { gauge, say } = rig();
  const told: number[] = [];
  gauge.onSaid((bytes) => told.push(bytes));
  for (const channel of ['st:a:1', 'svc:registry:a:1', 'agent:b:a', 'agent:b:user', 'broadcast:a', 'ctl:a', 're:a:1'])
    say(channel, 20);
  say('broadcast:a', 9_000_000);
  assert.deepEqual(told, [20, 20, 20, 9_000_000]);
});

for (const [channel, culprit] of FLOODS)
  test(`what is nested too deeply on ${channel} names ${culprit}, and nobody hears it`, () => {
    const { said, heard, tell } = rig();
    tell(channel, '['.repeat(81));
    tell(channel, '['.repeat(80));
    tell('re:orchestrator:1', '['.repeat(81));
    assert.deepEqual([said, heard], [[`forged ${culprit}`], [channel]]);
  });
