/**
 * A hostile agent beside three honest ones, which answer 200 messages a second meanwhile: whatever it tries, nothing of them
 * is lost, no process of ours ends, and its record names it within five seconds. Unfinished commands, stolen passwords and
 * deaf subscribers with a flood stand in floods.test.ts and redis-limits.test.ts.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { SecurityKind } from '../../orchestrator/src/domain/security.ts';
import { command } from '../support/agents/command.ts';
import { manifest, parrot, pythonParrot } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import { inspect } from '../support/host/engine.ts';
import { type HostTime, hostTime, othersShare } from '../support/host/host-share.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation, say } from '../support/installation/scenario.ts';
import { underLoad } from '../support/load/load.ts';
import { assertLossless } from '../support/load/lossless.ts';
import { spread } from '../support/load/spread.ts';

const HONEST = ['parrot-0', 'parrot-1', 'parrot-python'];
const LOGIC = readFileSync(new URL('../bundles/hostile/logic.ts', import.meta.url), 'utf8');
const MIB = 1024 * 1024;
/** Its container has 512 MiB. */
const REDIS_LIMIT = 256 * MIB;
/** What one attack is given, from its first moment; the quiet time before it is as long. 2,000 answers, so p99 is the 20th slowest. */
const PHASE_MS = 10_000;
const NAMED_MS = 5_000;
/** A quiet p99 below it counts as this: the scheduler of two shared cores alone makes a message in a hundred so late. */
const FLOOR_MS = 10;
/** A p99 of ten seconds is one sample, and a slow host gives a bad one now and then: of so many the middle one counts. */
const SAMPLES = 3;
/** Until then the others may be late, more than one in a hundred; SECURITY.md says why. Both figures are printed. */
const CALM_AFTER_MS = 500;
/** Where processes of others took more of the host in one of the phases, its figures are theirs. */
const MOST_OTHERS = 0.1;

interface Attack {
  /** What it does. */
  attack: string;
  /** Under which of these kinds its record must name it; none where nothing was too much or refused. */
  named?: readonly SecurityKind[];
}

const ATTACKS: readonly Attack[] = [
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
  { attack: 'requests to memory without end', named: ['flood'] },
  { attack: 'large requests to the language model', named: ['flood'] },
  { attack: 'nonsense without end', named: ['flood', 'forged'] },
  { attack: 'a thousand connections', named: ['connections'] },
  { attack: 'a thousand connections of nobody', named: ['connections'] },
  { attack: 'subscribers that do not read', named: ['connections', 'output_buffer'] },
  { attack: 'what it may not', named: ['refused'] },
  { attack: 'pings without end', named: ['flood'] },
  { attack: 'subscribing without end', named: ['flood'] },
  { attack: 'connections that come and go', named: ['flood', 'connections'] },
];

/** All, or those whose name this pattern finds. */
const PATTERN = new RegExp(process.env.HAIREM_TEST_ATTACK ?? '');
const WANTED = ATTACKS.filter(({ attack }) => PATTERN.test(attack));

const scenario = onInstallation({
  agents: {
    'parrot-0': parrot({ mark: 'one', handlerMs: 0 }),
    'parrot-1': parrot({ mark: 'two', handlerMs: 0 }),
    'parrot-python': pythonParrot({ mark: 'three', handlerMs: 0 }),
  },
});

/** Two of the same length: without the attack, and with it from its first moment. */
interface Phases extends Attack {
  quiet: number;
  from: number;
  /** What of the host others took, in the worse of the two. */
  others: number;
  /** Milliseconds; null where nothing is to be named. */
  namedAfter: number | null;
}

const now = () => performance.timeOrigin + performance.now();

scenario('whatever it tries, the others answer, and it is named', async (installation) => {
  await installation.startServices();
  await installation.untilActive(HONEST);
  const containers = await containersOf(installation);
  const first = await measure(installation, WANTED);
  const lateOnce = WANTED.filter(({ attack }) => first.some((sample) => sample.attack === attack && sample.isLate));
  const samples = [...first];
  for (let n = 1; n < SAMPLES && lateOnce.length > 0; n += 1) samples.push(...(await measure(installation, lateOnce)));
  assert.deepEqual(await containersOf(installation), containers, 'no honest agent was started again');
  const late = Map.groupBy(
    samples.filter(({ isLate }) => isLate),
    ({ attack }) => attack,
  );
  const words = [...late.values()].filter(({ length }) => length > SAMPLES / 2).flat();
  assert.ok(words.length === 0, `p99 is less than twice the quiet one: ${words.map((one) => one.words).join('; ')}`);
});

/** One sample of each. */
async function measure(installation: Installation, attacks: readonly Attack[]): Promise<Sample[]> {
  const phases: Phases[] = [];
  const load = { agents: HONEST, rate: 200, publishers: 1, broadcastShare: 0, timed: HONEST };
  const { report } = await underLoad(installation, load, async () => {
    for (const row of attacks) phases.push(await attackWith(installation, row));
  });
  assertLossless(report);
  const times = Object.values(report.times).flat();
  const samples = phases.map((phase) => judge(phase, times));
  for (const { words } of samples) say(words);
  return samples;
}

type Times = readonly [sentAt: number, ms: number][];

const p99 = (times: Times, from: number, to: number) =>
  spread(times.filter(([sent]) => sent >= from && sent < to).map(([, ms]) => ms)).p99 ?? 0;

interface Sample {
  attack: string;
  words: string;
  isLate: boolean;
}

function judge({ attack, quiet, from, others, namedAfter }: Phases, times: Times): Sample {
  const before = p99(times, quiet, quiet + PHASE_MS);
  const [whole, after] = [0, CALM_AFTER_MS].map((ms) => p99(times, from + ms, from + PHASE_MS)) as [number, number];
  const most = Math.max(2 * before, 2 * FLOOR_MS);
  const figures = `p99 ${whole.toFixed(1)} ms, quiet ${before.toFixed(1)} ms`;
  const rest = `, ${after.toFixed(1)} ms after its first ${CALM_AFTER_MS} ms`;
  const name = namedAfter === null ? '' : `; named after ${Math.round(namedAfter)} ms`;
  const isOurs = others < MOST_OTHERS;
  const why = isOurs ? '' : `; not judged: other processes took ${Math.round(others * 100)} % of this host`;
  return { attack, words: `${attack}: ${figures}${rest}${name}${why}`, isLate: isOurs && after >= most };
}

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

let attackers = 0;

/** One attack by an agent of its own: after a quiet time, from the moment that it is told to begin; it is stopped afterwards. */
async function attackWith(installation: Installation, row: Attack): Promise<Phases> {
  const { api, agents, installId } = installation;
  const { attack, named } = row;
  attackers += 1;
  const id = `hostile-${attackers}`;
  const before = processesOf(installation);
  await agents.put(id, { 'manifest.yaml': manifest({ config: { attack, peers: HONEST } }), 'logic.ts': LOGIC });
  await installation.untilActive([id]);
  const hosts = [await hostTime(installId)];
  const quiet = now();
  await until(quiet + PHASE_MS);
  hosts.push(await hostTime(installId));
  const from = now();
  const body = { type: 'expert.command', payload: { command: 'attack', args: {} } };
  assert.equal((await api.call('POST', `/api/agents/${id}/messages`, { body })).status, 202);
  let namedAfter: number | null = null;
  if (named) {
    await eventually(
      `${id} is named for ${attack}`,
      async () => {
        const { security } = await api.agent(id);
        if (security.some(({ kind }) => named.includes(kind))) return true;
        throw new Error(`its record says ${JSON.stringify(security)}`);
      },
      { deadlineMs: NAMED_MS, intervalMs: 50 },
    );
    namedAfter = now() - from;
  }
  await until(from + PHASE_MS);
  hosts.push(await hostTime(installId));
  assert.ok((await mostMemoryOf(installation.redis.id)) < REDIS_LIMIT, `${attack}: Redis' memory`);
  assert.deepEqual(processesOf(installation), before, `${attack}: a process of ours ended`);
  for (const one of HONEST) assert.deepEqual((await api.agent(one)).security, [], `${attack}: ${one} was blamed`);
  await api.call('POST', `/api/agents/${id}/stop`);
  await eventually(`${id} is gone`, async () => (await api.agent(id)).status === 'stopped', { deadlineMs: 30_000 });
  const [first, second, third] = hosts as [HostTime, HostTime, HostTime];
  const others = Math.max(othersShare(first, second), othersShare(second, third));
  return { ...row, quiet, from, others, namedAfter };
}

const until = (time: number) => eventually('the time is over', () => now() >= time, { intervalMs: 20 });

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
