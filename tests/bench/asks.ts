/**
 * How long a question takes between two agents, in each language and across them, beside a raw echo over two PUBLISH
 * hops: the same Redis, sandbox, kind of network and client library, and a turn of each in every round.
 */
import { randomUUID } from 'node:crypto';
import type { Runtime } from '../../orchestrator/src/domain/version.ts';
import { command } from '../support/agents/command.ts';
import { asker } from '../support/builders/bundles.ts';
import { engine } from '../support/host/engine.ts';
import type { Installation } from '../support/installation/installation.ts';
import type { Floor, RawName } from './floor.ts';

export const PAIRS = ['ts→ts', 'py→py', 'ts→py', 'py→ts'] as const;
export type Pair = (typeof PAIRS)[number];

/** Milliseconds of each question, and of each raw echo. */
export interface AskFigures {
  ask: Record<Pair, number[]>;
  raw: Record<Pair, number[]>;
}

/** Of one pair in one round: few enough for the CPU limit of an agent. */
const QUESTIONS = 40;
const RUNTIMES = ['node', 'python'] as const;

export async function measureAsks(
  { installation, floors }: { installation: Installation; floors: Record<Runtime, Floor> },
  { rounds, note }: { rounds: number; note: (text: string) => void },
): Promise<AskFigures> {
  const agents = RUNTIMES.flatMap((runtime) => [`${runtime}-asks`, `${runtime}-echoes`] as const);
  for (const id of agents) await installation.agents.put(id, asker(id.startsWith('node') ? 'node' : 'python'));
  await installation.untilActive(agents);
  const kept: string[] = [];
  for (const runtime of RUNTIMES) {
    kept.push(
      await floors[runtime].keepRaw(`raw-${runtime}-asks`),
      await floors[runtime].keepRaw(`raw-${runtime}-echoes`),
    );
  }
  try {
    const figures: AskFigures = { ask: noTimes(), raw: noTimes() };
    await oneRound(installation, { ask: noTimes(), raw: noTimes() }); // warms everything up
    for (let n = 1; n <= rounds; n += 1) await oneRound(installation, figures);
    note(`questions: ${rounds} rounds of ${QUESTIONS}, and of raw echoes`);
    return figures;
  } finally {
    for (const id of kept) await engine('DELETE', `/containers/${id}?force=true`, { accept: [404] });
    for (const id of agents) await installation.agents.remove(id);
  }
}

const noTimes = () => Object.fromEntries(PAIRS.map((pair) => [pair, [] as number[]])) as Record<Pair, number[]>;

async function oneRound(installation: Installation, { ask, raw }: AskFigures): Promise<void> {
  for (const pair of PAIRS) {
    const [from, to] = namesOf(pair);
    raw[pair].push(...(await rawEchoes(installation, { from: `raw-${from}`, to: `raw-${to}` })));
    const answer = await command(installation, from, { name: 'measure', args: { target: to, rounds: QUESTIONS } });
    if (!Array.isArray(answer.result)) throw new Error(`${from} measured nothing: ${JSON.stringify(answer)}`);
    ask[pair].push(...answer.result);
  }
}

function namesOf(pair: Pair): [from: `${Runtime}-asks`, to: `${Runtime}-echoes`] {
  const runtimeOf = (language: string) => (language === 'ts' ? 'node' : 'python');
  const [from = '', to = ''] = pair.split('→');
  return [`${runtimeOf(from)}-asks`, `${runtimeOf(to)}-echoes`];
}

async function rawEchoes({ bus }: Installation, { from, to }: { from: RawName; to: RawName }): Promise<number[]> {
  const measured = bus.next(
    `${from} has measured`,
    ({ agent, message }) => agent === from && message.type === 'measured',
  );
  await bus.redis.publish(
    `raw:${from}:bench`,
    JSON.stringify({ target: to, rounds: QUESTIONS, text: question(from, to) }),
  );
  return (await measured).message.ms as number[];
}

/** As long as what an agent asks. */
function question(from: string, to: string): string {
  return JSON.stringify({
    id: `1.ask-${randomUUID()}`,
    timestamp: new Date().toISOString(),
    type: 'expert.command',
    sender: { agent_id: from, role: 'expert' },
    recipient: { target: to, room: null },
    payload: { command: 'echo', args: { n: 1 } },
    metadata: { priority: 'normal', correlation_id: null, ttl: 4, chain: [`1.${randomUUID()}`], redelivered: false },
  });
}
