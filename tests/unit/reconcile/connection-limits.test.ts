/** What the list of Redis' connections tells: a table of crews, and who is found to do harm. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionsIn, countsIn, refusalsIn } from '../../../orchestrator/src/bus/redis-state.ts';
import type { BusConnection, BusRefusal } from '../../../orchestrator/src/domain/ports/bus-state.ts';
import { judgeConnections, placeOf } from '../../../orchestrator/src/reconcile/bus-guard/connection-limits.ts';
import { judgeRefusals } from '../../../orchestrator/src/reconcile/bus-guard/refused-commands.ts';

const MIB = 1024 * 1024;
const networks = [
  { agent: 'wolf', subnets: ['10.201.0.8/29'] },
  { agent: 'sheep', subnets: ['10.201.0.16/29', '10.201.1.0/29'] },
];
const WOLF = '10.201.0.11';
const SHEEP = '10.201.0.19';
const CORE = '172.18.0.4';

let ids = 0;
function conn(user: string, address: string, more: Partial<BusConnection> = {}): BusConnection {
  ids += 1;
  return {
    id: String(ids),
    user,
    address,
    listens: true,
    ageSeconds: 5,
    unreadBytes: 0,
    unfinishedBytes: 0,
    unsentBytes: 0,
    ...more,
  };
}
const times = (count: number, make: () => BusConnection) => Array.from({ length: count }, make);
const crew = [conn('orchestrator', CORE), conn('services', CORE), conn('sheep.1', SHEEP), conn('wolf.2', WOLF)];

interface Case {
  name: string;
  connections: BusConnection[];
  loudest?: { agent: string; bytes: number };
  found: string[];
}

const CASES: Case[] = [
  { name: 'a crew that is well', connections: crew, found: [] },
  {
    name: 'a test peer and an instance user from the core network',
    connections: [...crew, conn('peers', CORE), conn('wolf.2', CORE)],
    found: [],
  },
  { name: 'four connections of one user', connections: [...crew, ...times(3, () => conn('wolf.2', WOLF))], found: [] },
  { name: 'five', connections: [...crew, ...times(4, () => conn('wolf.2', WOLF))], found: ['connections wolf 2 0'] },
  { name: 'somebody who is about to say its name', connections: [...crew, conn('default', SHEEP)], found: [] },
  {
    name: 'nine who say none',
    connections: [...crew, ...times(9, () => conn('default', WOLF))],
    found: ['connections wolf null 9'],
  },
  {
    name: 'nameless ones that are no agent’s',
    connections: [...crew, ...times(20, () => conn('default', CORE))],
    found: [],
  },
  {
    name: 'one nameless that sends and does not end',
    connections: [conn('default', WOLF, { unfinishedBytes: 9 * MIB })],
    found: ['connections wolf null 1'],
  },
  {
    name: 'an unfinished command',
    connections: [...crew, conn('wolf.2', WOLF, { unfinishedBytes: 20 * MIB })],
    found: ['hog wolf 2 0'],
  },
  {
    name: 'many a little unfinished',
    connections: times(4, () => conn('wolf.2', WOLF, { unfinishedBytes: 3 * MIB })),
    found: ['hog wolf 2 0'],
  },
  {
    name: 'a victim, and who fills its buffer',
    connections: [...crew, conn('sheep.1', SHEEP, { unreadBytes: 20 * MIB })],
    loudest: { agent: 'wolf', bytes: 40 * MIB },
    found: ['output_buffer wolf null 0'],
  },
  {
    name: 'one that does not read what others say in good order',
    connections: [...crew, conn('wolf.2', WOLF, { unreadBytes: 20 * MIB })],
    loudest: { agent: 'sheep', bytes: 3 * MIB },
    found: ['output_buffer wolf 2 0'],
  },
  {
    name: 'sixty that do not read: their owner, and nobody who spoke',
    connections: times(60, () => conn('wolf.2', WOLF, { unreadBytes: 20 * MIB })),
    loudest: { agent: 'sheep', bytes: 40 * MIB },
    found: ['connections wolf 2 0'],
  },
  ...['orchestrator', 'services', 'memory', 'llm', 'history', 'peers'].map((user) => ({
    name: `the password of ${user} in an agent's network`,
    connections: [...crew, conn(user, WOLF)],
    found: ['foreign_core_connection wolf null 1'],
  })),
  {
    name: 'a core user in the second network of an agent',
    connections: [conn('services', '10.201.1.2')],
    found: ['foreign_core_connection sheep null 1'],
  },
];

for (const { name, connections, loudest = null, found } of CASES)
  test(name, () => {
    const findings = judgeConnections(connections, { networks, loudest });
    assert.deepEqual(
      findings.map(({ who, kind, end }) => `${kind} ${who.agent} ${who.inst} ${end.length}`),
      found,
    );
  });

test('an address is in one network or in none', () => {
  const place = placeOf(networks);
  assert.deepEqual(
    ['10.201.0.8', '10.201.0.15', '10.201.0.16', '::ffff:10.201.0.9', '10.201.0.7', '::1', '', 'x.y.z.w'].map(place),
    ['wolf', 'wolf', 'sheep', 'wolf', null, null, null, null],
  );
});

test('ten thousand connections are judged in no time that counts', () => {
  const many = times(10_000, () => conn('default', WOLF));
  assert.equal(judgeConnections(many, { networks, loudest: null })[0]?.end.length, 10_000);
});

test('a line of CLIENT LIST', () => {
  const line =
    'id=7 addr=10.201.0.11:51422 laddr=10.201.0.10:6379 fd=9 name= age=12 idle=0 flags=P db=0 sub=3 psub=3 ssub=0 multi=-1 qbuf=26 qbuf-free=16864 argv-mem=10 multi-mem=0 rbs=1024 rbp=0 obl=0 oll=4 omem=82000 tot-mem=100000 events=r cmd=ping user=wolf.2 redir=-1 resp=3';
  assert.deepEqual(connectionsIn(`${line}\n\n`), [
    {
      id: '7',
      user: 'wolf.2',
      address: '10.201.0.11',
      listens: true,
      ageSeconds: 12,
      unreadBytes: 82_000,
      unfinishedBytes: 36,
      unsentBytes: 82_000,
    },
  ]);
});

test('what Redis counts', () => {
  const stats = [
    'total_connections_received:3',
    'total_commands_processed:500',
    'total_error_replies:7',
    'total_net_input_bytes:8192',
  ];
  const info = ['# Clients', 'connected_clients:5', '# Stats', ...stats, ''].join('\r\n');
  assert.deepEqual(countsIn(info), { connections: 5, commands: 500, errors: 7, opened: 3, bytes: 8192 });
});

const refusal = (more: Partial<BusRefusal>): BusRefusal => ({
  user: 'wolf.2',
  address: WOLF,
  reason: 'channel',
  object: 'ctl:sheep',
  count: 1,
  ...more,
});

test('what Redis refused is said once for each agent, in bounded words, and its own late password is not counted', () => {
  const refused = judgeRefusals(
    [
      ...Array.from({ length: 50 }, (_, n) => refusal({ object: `${'x'.repeat(100_000)}${n}` })),
      refusal({ user: 'orchestrator', reason: 'auth', count: 7, address: SHEEP }),
      refusal({ reason: 'auth' }),
      refusal({ user: 'nobody', address: CORE, reason: 'auth' }),
      refusal({ user: 'services', address: CORE, reason: 'command' }),
    ],
    { networks },
  );
  assert.deepEqual(
    refused.map(({ agent }) => agent),
    ['wolf', 'sheep'],
  );
  assert.match(refused[0]?.what ?? '', /^Redis refused 50 tries: channel xxx/);
  assert.ok((refused[0]?.what.length ?? 0) < 300);
  assert.equal(refused[1]?.what, 'Redis refused 7 tries: a password for orchestrator');
});

test('entries of ACL LOG, as maps and as flat lists', () => {
  const entry = {
    count: 3,
    reason: 'command',
    object: 'get',
    username: 'wolf.2',
    'client-info': 'id=7 addr=10.201.0.11:5 name=',
  };
  const expected = [{ user: 'wolf.2', address: WOLF, reason: 'command', object: 'get', count: 3 }];
  assert.deepEqual(refusalsIn([entry]), expected);
  assert.deepEqual(refusalsIn([new Map(Object.entries(entry))]), expected);
  assert.deepEqual(refusalsIn([Object.entries(entry).flat()]), expected);
  assert.deepEqual(refusalsIn('OK'), []);
});
