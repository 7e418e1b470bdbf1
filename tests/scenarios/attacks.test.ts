/**
 * A hostile agent beside three honest ones, which answer 200 messages a second meanwhile: whatever it tries, nothing of them
 * is lost, no process of ours ends, and its record names it within five seconds. Unfinished commands, stolen passwords and
 * deaf subscribers with a flood stand in floods.test.ts and redis-limits.test.ts.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { SecurityKind } from '../../orchestrator/src/domain/security.ts';
import { manifest, parrot, pythonParrot } from '../builders.ts';
import { command } from '../rig/command.ts';
import { inspect } from '../rig/engine.ts';
import { eventually } from '../rig/eventually.ts';
import type { Installation } from '../rig/installation.ts';
import { underLoad } from '../rig/load/load.ts';
import { assertLossless } from '../rig/load/lossless.ts';
import { spread } from '../rig/load/spread.ts';
import { onInstallation, say } from '../rig/scenario.ts';

const HONEST = ['parrot-0', 'parrot-1', 'parrot-python'];
const LOGIC = readFileSync(new URL('../bundles/hostile/logic.ts', import.meta.url), 'utf8');
const MIB = 1024 * 1024;
/** Its container has 512 MiB. */
const REDIS_LIMIT = 256 * MIB;
/** What one attack is given, from its first moment. */
const ATTACK_MS = 6_000;
const NAMED_MS = 5_000;

/** What it does, and under which of these kinds its record must name it; none where nothing was too much or refused. */
const ATTACKS: readonly { attack: string; named?: readonly SecurityKind[] }[] = [
  { attack: 'nested words to people', named: ['forged'] },
  { attack: 'nested words to all', named: ['forged'] },
  { attack: 'nested words to agents' },
  { attack: 'nested words of its state', named: ['forged'] },
  { attack: 'nested requests', named: ['forged'] },
  { attack: 'large heartbeats', named: ['flood'] },
  { attack: 'heartbeats without end', named: ['flood'] },
  { attack: 'skills without end', named: ['flood'] },
  { attack: 'large broadcasts', named: ['flood', 'output_buffer'] },
  { attack: 'large words to people', named: ['flood'] },
  { attack: 'words to people without end', named: ['flood'] },
  { attack: 'large words to an agent', named: ['flood', 'output_buffer'] },
  { attack: 'words to an agent without end', named: ['flood'] },
  { attack: 'questions without end', named: ['flood'] },
  { attack: 'nonsense without end', named: ['flood', 'forged'] },
  { attack: 'a thousand connections', named: ['connections'] },
  { attack: 'a thousand connections of nobody', named: ['connections'] },
  { attack: 'subscribers that do not read', named: ['connections', 'output_buffer'] },
  { attack: 'what it may not', named: ['refused'] },
];

/** All, or those whose name has this in it. */
const WANTED = ATTACKS.filter(({ attack }) => attack.includes(process.env.HAIREM_TEST_ATTACK ?? ''));

const scenario = onInstallation({
  agents: {
    'parrot-0': parrot({ mark: 'one', handlerMs: 0 }),
    'parrot-1': parrot({ mark: 'two', handlerMs: 0 }),
    'parrot-python': pythonParrot({ mark: 'three', handlerMs: 0 }),
  },
});

interface Window {
  attack: string;
  from: number;
  to: number;
}

const now = () => performance.timeOrigin + performance.now();

scenario('whatever it tries, the others answer, and it is named', async (installation) => {
  await installation.startServices();
  await installation.untilActive(HONEST);
  const containers = await containersOf(installation);
  const windows: Window[] = [];
  const load = { agents: HONEST, rate: 200, publishers: 1, broadcastShare: 0, timed: HONEST };
  const { report } = await underLoad(installation, load, async () => {
    windows.push(await attackWith(installation, { attack: 'nothing' }, 0));
    for (const [index, row] of WANTED.entries()) windows.push(await attackWith(installation, row, index + 1));
  });
  assertLossless(report);
  assert.deepEqual(await containersOf(installation), containers, 'no honest agent was started again');
  const times = Object.values(report.times).flat();
  const slow = windows.map(({ attack, from, to }) => ({
    attack,
    p99: spread(times.filter(([sent]) => sent >= from && sent <= to).map(([, ms]) => ms)).p99 ?? 0,
  }));
  // Only shown: what a flood takes of two shared cores until it is cut off is not bounded (SECURITY.md, Floods).
  const quiet = slow[0]?.p99 ?? 0;
  for (const { attack, p99 } of slow) say(`${attack}: p99 ${p99.toFixed(1)} ms, ${(p99 / quiet).toFixed(2)} x quiet`);
});

/** Each is asked of `memory.query` by the agent itself: none may read, end or hold up anything. */
const QUERIES = [
  "DEFINE ANALYZER x TOKENIZERS blank FILTERS mapper('/proc/self/environ')",
  "DEFINE ANALYZER OVERWRITE x TOKENIZERS blank FILTERS mapper('/services/redis.password')",
  "define/**/analyzer x TOKENIZERS blank FILTERS lowercase,/* */mapper('/etc/passwd')",
  "RETURN { DEFINE ANALYZER x TOKENIZERS blank FILTERS mapper('/proc/1/environ') }",
  "DEFINE TABLE t; DEFINE EVENT e ON t WHEN true THEN { DEFINE ANALYZER x FILTERS mapper('/proc/self/environ') }",
  "DEFINE FUNCTION fn::x() { RETURN http::get('http://127.0.0.1') }",
  "DEFINE BUCKET b BACKEND 'file:/'",
  'USE NS hairem DB services; SELECT * FROM usage',
  'INFO FOR ROOT',
  'REMOVE DATABASE parrot',
  `RETURN ${'1+'.repeat(7000)}1`,
  `RETURN ${'('.repeat(4000)}1${')'.repeat(4000)}`,
  `RETURN ${'['.repeat(4000)}${']'.repeat(4000)}`,
  `RETURN ${'!'.repeat(8000)}true`,
  "RETURN string::repeat('x', 4000000000)",
  'RETURN array::range(0, 4000000000)',
  'SLEEP 60s',
  'LIVE SELECT * FROM memory',
];
const TELLING = /HAIREM_|PASSWORD|root:|PATH=|[A-Za-z0-9_-]{43}/;

scenario('what it asks of memory reads nothing, ends nothing and holds nobody up', async (installation) => {
  const id = 'hostile-asker';
  const files = { 'manifest.yaml': manifest({ config: { attack: 'nothing', peers: [] } }), 'logic.ts': LOGIC };
  await installation.agents.put(id, files);
  await installation.untilActive([id]);
  const before = processesOf(installation);
  const { report } = await underLoad(installation, { agents: HONEST, rate: 200, broadcastShare: 0 }, async () => {
    for (const surql of QUERIES) {
      const { status, error, result } = await command(installation, id, {
        name: 'ask',
        args: { surql },
        waitSeconds: 60,
      });
      const said = JSON.stringify({ error, result });
      assert.equal(status, 'error', `${surql.slice(0, 80)}: ${said.slice(0, 200)}`);
      assert.doesNotMatch(said, TELLING, surql.slice(0, 80));
    }
  });
  assertLossless(report);
  assert.deepEqual(processesOf(installation), before);
  const { status } = await command(installation, id, { name: 'ask', args: { surql: 'RETURN 1' } });
  assert.equal(status, 'success', 'its memory is there for what is allowed');
});

/** One attack by an agent of its own, from when it is active; it is stopped afterwards. */
async function attackWith(
  installation: Installation,
  { attack, named }: (typeof ATTACKS)[number],
  index: number,
): Promise<Window> {
  const { api, agents } = installation;
  const id = `hostile-${index}`;
  const before = processesOf(installation);
  await agents.put(id, { 'manifest.yaml': manifest({ config: { attack, peers: HONEST } }), 'logic.ts': LOGIC });
  const began = async () => {
    const { tasks, security } = await api.agent(id);
    return tasks.length > 0 || security.length > 0; // its forged heartbeats have no tasks
  };
  await eventually(`${id} began`, began, { deadlineMs: 60_000 });
  const from = now();
  if (named) {
    await eventually(
      `${id} is named for ${attack}`,
      async () => {
        const { security } = await api.agent(id);
        if (security.some(({ kind }) => named.includes(kind))) return true;
        throw new Error(`its record says ${JSON.stringify(security)}`);
      },
      { deadlineMs: NAMED_MS, intervalMs: 100 },
    );
  }
  await eventually('its time is over', async () => now() - from > ATTACK_MS, { intervalMs: 100 });
  const to = now();
  assert.ok((await mostMemoryOf(installation.redis.id)) < REDIS_LIMIT, `${attack}: Redis' memory`);
  assert.deepEqual(processesOf(installation), before, `${attack}: a process of ours ended`);
  for (const one of HONEST) assert.deepEqual((await api.agent(one)).security, [], `${attack}: ${one} was blamed`);
  await api.call('POST', `/api/agents/${id}/stop`);
  await eventually(`${id} is gone`, async () => (await api.agent(id)).status === 'stopped', { deadlineMs: 30_000 });
  return { attack, from, to };
}

/** By their process ids, and whether they have ended. */
function processesOf(installation: Installation) {
  const programs = [installation.orchestrator(), installation.services()];
  return programs.map((program) => ({ pid: program.pid, ended: program.ended() }));
}

async function containersOf({ api }: Installation): Promise<Record<string, string | undefined>> {
  const records = await Promise.all(HONEST.map((id) => api.agent(id)));
  return Object.fromEntries(records.map(({ id, container }) => [id, container?.id]));
}

/** The most that the container's own process has ever held, in bytes. */
async function mostMemoryOf(container: string): Promise<number> {
  const status = await readFile(`/proc/${(await inspect(container)).State.Pid}/status`, 'utf8');
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
