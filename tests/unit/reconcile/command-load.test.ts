/** Who has Redis work without end where nobody hears anything: found by looking again, and nobody else is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoreUser } from '../../../orchestrator/src/bus/core-users.ts';
import type { BusConnection, BusCounts } from '../../../orchestrator/src/domain/ports/bus-state.ts';
import { createCommandLoad } from '../../../orchestrator/src/reconcile/bus-guard/command-load.ts';

const networks = [{ agent: 'wolf', subnets: ['10.201.0.8/29'] }];
const AROUND = { networks, isOurs: isCoreUser };
const WOLF = '10.201.0.11';
const SHEEP = '10.201.0.19';

const conn = (id: string, user: string, more: Partial<BusConnection> = {}): BusConnection => ({
  ...{ id, user, address: user === 'sheep.1' ? SHEEP : WOLF, listens: true, ageSeconds: 5 },
  ...{ unreadBytes: 0, unfinishedBytes: 0, unsentBytes: 0, ...more },
});
const NONE: BusCounts = { connections: 1, commands: 0, errors: 0, opened: 0, bytes: 0 };
const SHEEP_IS_SENT = conn('1', 'sheep.1', { unsentBytes: 90 });
const SHEEP_SPEAKS = conn('1', 'sheep.1', { unfinishedBytes: 9 });
const SHEEP_RESTS = conn('1', 'sheep.1');

interface Case {
  name: string;
  /** By the number of the look, from 0. */
  look: (n: number) => BusConnection[];
  looks?: number;
  /** `<look> <owner>` of the first find. */
  found: string | null;
}

const CASES: readonly Case[] = [
  {
    name: 'one that is always in the middle of a command, in its fourth look',
    look: () => [SHEEP_RESTS, conn('2', 'wolf.2', { unfinishedBytes: 2 })],
    found: '3 wolf.2',
  },
  {
    name: 'one whose commands always end with what Redis has read, by the answers to one that listens to nothing',
    look: () => [conn('2', 'wolf.2', { unsentBytes: 9, listens: false })],
    found: '3 wolf.2',
  },
  {
    name: 'one that listens, by the answers, and not one to which others speak a lot',
    look: (n) => [n % 4 === 3 ? SHEEP_RESTS : SHEEP_IS_SENT, conn('2', 'wolf.2', { unsentBytes: 9 })],
    found: '39 wolf.2',
  },
  {
    name: 'one that waits for each answer, and is seldom seen',
    look: (n) => [n % 20 ? SHEEP_RESTS : SHEEP_IS_SENT, conn('2', 'wolf.2', { unsentBytes: n % 3 ? 0 : 9 })],
    found: '33 wolf.2',
  },
  {
    name: 'one that comes on another connection each time',
    look: (n) => [SHEEP_RESTS, conn(`${2 + n}`, 'wolf.2', { listens: false })],
    found: '4 wolf.2',
  },
  {
    name: 'one that says no password, by where it comes from',
    look: () => [conn('2', 'default', { unfinishedBytes: 2, listens: false })],
    found: '3 wolf!default',
  },
  {
    name: 'one that is stopped for a while now and then',
    look: (n) => [conn('2', 'wolf.2', { unfinishedBytes: n % 3 ? 2 : 0 })],
    found: '8 wolf.2',
  },
  {
    name: 'not an honest one that speaks now and then, beside one that is never seen',
    look: (n) => [n % 50 ? SHEEP_RESTS : SHEEP_SPEAKS, conn('2', 'wolf.2')],
    looks: 2_000,
    found: null,
  },
  {
    name: 'not one of two that are seen as often',
    look: (n) => [SHEEP_IS_SENT, conn('2', 'wolf.2', { unsentBytes: n % 9 ? 9 : 0 })],
    found: null,
  },
  {
    name: 'not an honest one beside somebody who is no agent and has Redis work',
    look: (n) => [
      n % 3 ? SHEEP_RESTS : SHEEP_IS_SENT,
      { ...conn('2', 'a2ui', { unfinishedBytes: 2 }), address: '172.18.0.9' },
    ],
    looks: 390,
    found: null,
  },
  {
    name: 'one beside a process of ours that is always seen',
    look: () => [
      conn('2', 'wolf.2', { unsentBytes: 9 }),
      { ...conn('3', 'orchestrator', { unfinishedBytes: 2 }), address: '172.18.0.4' },
    ],
    found: '9 wolf.2',
  },
  {
    name: 'not a connection of a process of ours',
    look: () => [{ ...conn('2', 'orchestrator', { unfinishedBytes: 2 }), address: '172.18.0.4' }],
    found: null,
  },
];

for (const { name, look, looks = 60, found } of CASES) {
  test(`who works Redis is found: ${name}`, () => {
    const load = createCommandLoad();
    const finds = Array.from({ length: looks }, (_, n) => {
      load.judge({ ...NONE, commands: n * 1_000 }, 0, n * 20);
      return [...load.find(look(n), AROUND).keys()].map((owner) => `${n} ${owner}`);
    });
    assert.equal(finds.flat()[0] ?? null, found);
  });
}

const BEFORE = { ...NONE, commands: 100_000, errors: 9, opened: 9, bytes: 9 };
/** Counts a quarter of a second apart: what was more, and what the messages that were heard cost. */
const COUNTS: Readonly<Record<string, { more: Partial<BusCounts>; heard?: number; perSecond: number }>> = {
  'next to nothing': { more: { commands: 40 }, perSecond: 0 },
  'as many as may be': { more: { commands: 5_000 }, perSecond: 0 },
  'more than may be': { more: { commands: 5_010 }, perSecond: 20_040 },
  'as many, which all were messages': { more: { commands: 50_000 }, heard: 49_000, perSecond: 0 },
  'what it refused': { more: { errors: 5_010 }, perSecond: 20_040 },
  connections: { more: { opened: 51 }, perSecond: 20_400 },
  'what it read': { more: { bytes: 5_010 * 4096 }, perSecond: 20_040 },
  'a Redis that began again': { more: { commands: -70_000 }, perSecond: 0 },
};

for (const [name, { more, heard = 0, perSecond }] of Object.entries(COUNTS)) {
  test(`what Redis runs that nobody hears: ${name}`, () => {
    const load = createCommandLoad();
    assert.equal(load.judge(BEFORE, 0, 1_000), 0, 'the first says nothing');
    const added = Object.entries(more).map(([key, count]) => [key, BEFORE[key as keyof BusCounts] + count]);
    assert.equal(load.judge({ ...BEFORE, ...Object.fromEntries(added) }, heard, 1_250), perSecond);
  });
}

test('who pauses is still suspected, for a second', () => {
  const load = createCommandLoad();
  const wolf = [conn('2', 'wolf.2', { unfinishedBytes: 2 })];
  let [work, now] = [0, 0];
  const pass = (ms: number, more: number) => {
    [work, now] = [work + more, now + ms];
    return load.judge({ ...NONE, commands: work }, 0, now) > 0 && load.find(wolf, AROUND).size > 0;
  };
  pass(20, 0);
  assert.deepEqual([pass(20, 1_000), pass(20, 1_000), pass(20, 0), pass(20, 1_000)], [false, false, false, false]);
  assert.deepEqual([pass(20, 0), load.isHigh(), pass(960, 0), load.isHigh()], [false, true, false, true]);
  assert.equal(pass(19, 1_000), true, 'the fourth of a second');
  assert.deepEqual([pass(999, 0), load.isHigh(), pass(1, 0), load.isHigh()], [false, true, false, false]);
  assert.deepEqual([pass(20, 1_000), pass(20, 1_000), pass(20, 1_000)], [false, false, false], 'it begins anew');
});
