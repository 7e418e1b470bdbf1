/**
 * `hairem wait`: until the crew is active, with what their folders ask for. What cannot become so by waiting (an invalid
 * bundle, a version that failed at every try) does not hold it up for long, and is named at the end.
 */
import { toAgentId } from '../../domain/agent.ts';
import type { AgentStatus } from '../../domain/agent-record.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { Clock } from '../../domain/ports/ports.ts';
import { behindOf, healthOf, isUpdating, reasonOf } from '../agents/health.ts';
import { readCrew, readSystem, type WireRecord } from '../agents/records.ts';
import { knownAgent } from '../agents/which-agent.ts';
import { type ApiClient, connectApi } from '../api-client.ts';
import { type Command, EXIT, type Terminal } from '../command.ts';
import { shortHash } from '../format.ts';
import { numberOption } from '../number-option.ts';

const LOOK_EVERY_MS = 500;

/** So long after its start the orchestrator has looked at every bundle that was there. */
const SCANNED_AFTER_SECONDS = 5;

interface Verdict {
  done: boolean;
  active: readonly string[];
  /** Neither active nor switched off. */
  missing: readonly { id: string; status: AgentStatus | 'unknown'; reason: string }[];
  /** Active, but not with what their folders ask for. */
  behind: readonly { id: string; reason: string }[];
}

export const wait: Command = async (call) => {
  const { words, json, config, terminal, clock } = call;
  const deadline = clock.now() + numberOption(call, 'timeout', { fallback: 300, min: 1, max: 86_400 }) * 1000;
  const api = await connectApi(config);
  const verdict = await lookUntil({ api, words, clock, deadline, told: new Set(), terminal: json ? null : terminal });
  if (json) terminal.out(JSON.stringify({ active: verdict.active, missing: verdict.missing, behind: verdict.behind }));
  else if (verdict.active.length + verdict.missing.length === 0) terminal.err('there are no agents to wait for');
  else for (const line of linesOf(verdict)) terminal.err(line);
  const failed =
    words.length === 0
      ? verdict.missing.some(({ status }) => status !== 'invalid')
      : verdict.missing.length + verdict.behind.length > 0;
  return failed ? EXIT.failed : EXIT.ok;
};

function linesOf({ missing, behind }: Verdict): string[] {
  return [
    ...missing.map(({ id, reason }) => `${id} is not active: ${reason}`),
    ...behind.map(({ id, reason }) => `${id} is ${reason}`),
  ];
}

interface Waiting {
  api: ApiClient;
  words: readonly string[];
  clock: Clock;
  deadline: number;
  told: Set<string>;
  terminal: Terminal | null;
}

async function lookUntil(waiting: Waiting): Promise<Verdict> {
  const { clock, deadline, told, terminal } = waiting;
  while (true) {
    const verdict = await look(waiting);
    for (const id of verdict?.active ?? []) {
      if (!told.has(id)) terminal?.out(`${id} is active`);
      told.add(id);
    }
    const late = clock.now() >= deadline;
    if (verdict !== null && (verdict.done || late)) return verdict;
    if (late)
      throw new HairemError(
        'api_unavailable',
        'the API did not answer in time; `docker compose logs orchestrator` says why',
      );
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/** Null while the API is not there yet: it may be starting, as after `./hairem up`. */
async function look({ api, words }: Waiting): Promise<Verdict | null> {
  try {
    const [records, system] = await Promise.all([readCrew(api), readSystem(api)]);
    const ids = words.map((word) => knownAgent(word, records) ?? toAgentId(word));
    return judge(records, { words: ids, scanned: system.uptime_seconds >= SCANNED_AFTER_SECONDS });
  } catch (error) {
    if (error instanceof HairemError && error.code === 'api_unavailable') return null;
    throw error;
  }
}

function underWay(record: WireRecord): string | null {
  const { running, desired } = record.bundle;
  if (!isUpdating(record)) return null;
  return `active as ${shortHash(running)}, but its update to ${shortHash(desired)} is still under way`;
}

export function judge(
  records: readonly WireRecord[],
  { words, scanned }: { words: readonly string[]; scanned: boolean },
): Verdict {
  const wanted =
    words.length === 0
      ? records.filter((record) => healthOf(record) !== 'off')
      : records.filter(({ id }) => words.includes(id));
  const unknown = words.filter((id) => records.every((record) => record.id !== id));
  const well = wanted.filter((record) => healthOf(record) === 'well');
  const missing = [
    ...wanted
      .filter((record) => !well.includes(record))
      .map((record) => ({ id: record.id, status: record.status, reason: reasonOf(record) })),
    ...unknown.map((id) => ({
      id,
      status: 'unknown' as const,
      reason: 'there is no agent of this id; `hairem ps` lists those that there are',
    })),
  ];
  const settled = wanted.every((record) => healthOf(record) !== 'coming' && !isUpdating(record));
  const behind = well.flatMap((record) => {
    const reason = record.behind?.kind === 'rolled_back' ? null : (behindOf(record) ?? underWay(record));
    return reason === null ? [] : [{ id: record.id, reason }];
  });
  // One that was named may be on its way: its folder has just been copied.
  return { done: scanned && settled && unknown.length === 0, active: well.map(({ id }) => id), missing, behind };
}
