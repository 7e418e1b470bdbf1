/**
 * Looks at Redis' connections every 750 ms, and at once where they become more, agents begin to say much, or Redis runs
 * much that nobody hears; and at what it refused every two seconds, and at once where that is much; and fences who does
 * harm.
 */

import type { Gauge } from '../../bus/limits/metered-bus.ts';
import type { Observation } from '../../domain/observation.ts';
import type { BusConnection } from '../../domain/ports/bus-state.ts';
import type { Bus, Clock } from '../../domain/ports/ports.ts';
import type { ReportSecurity } from '../../domain/security.ts';
import { createWake, type Wake } from '../wake.ts';
import { type CommandLoad, createCommandLoad, workOf } from './command-load.ts';
import { judgeConnections, whoIs } from './connection-limits.ts';
import type { Fence } from './fence.ts';
import { judgeRefusals } from './refused-commands.ts';

export interface WatchRedis {
  bus: Pick<Bus, 'counts' | 'connections' | 'endConnections' | 'refusals'>;
  isUp(): boolean;
  /** A user of a process of ours. */
  isOurs(user: string): boolean;
  clock: Pick<Clock, 'now' | 'sleep'>;
  networks(): Observation['networks'];
  gauges: readonly Pick<Gauge, 'loudest' | 'onSaid'>[];
  fence: Fence;
  report: ReportSecurity;
}

const LOOK_MS = 750;
/** How often they are counted between two looks: who opens many also fills many, faster than one look comes. */
const COUNT_MS = 250;
/** While it is loud. Buffers are filled by what is said, so while next to nothing is, to count seldom is enough. */
const LOUD_COUNT_MS = 75;
/** While it runs much that nobody hears: who has it do so is found by looking again. */
const BUSY_COUNT_MS = 10;
/** So much since the last look is loud: for all connections that Redis takes (2,000) a third of `maxmemory-clients`. */
const LOUD_BYTES_SAID = 16 * 1024;
/** How long it counts as loud: longer than what agents say to each other may go unheard after a flood (agent-messages.ts). */
const LOUD_MS = 45_000;
/** So many more than at the last look are looked at. */
const MORE = 4;
/** Who is behind for so many looks while nobody is loud does not read; before, a speaker may not have been heard yet. */
const LOOKS_BEHIND = 4;
const REFUSALS_EVERY = 3;
/** Between two looks at them. Each costs Redis what an answer costs: who goes on keeps the others waiting. */
const MOST_REFUSALS = 1_000;

/** Runs until the signal aborts. Never rejects: a look that fails is made again, and that Redis is away others say. */
export async function watchRedis(watch: WatchRedis, signal: AbortSignal): Promise<void> {
  const patience: Patience = { said: [], behind: new Map() };
  const { clock } = watch;
  const wake = createWake(clock);
  const loudness = listenFor(watch, wake);
  const load = createCommandLoad();
  let known = 0;
  let refused = 0;
  let lookedAt = clock.now() - LOOK_MS;
  for (let looks = 0; !signal.aborted; ) {
    const lookAt = lookedAt + LOOK_MS;
    await wake.next(load.isHigh() ? BUSY_COUNT_MS : loudness.isLoud() ? LOUD_COUNT_MS : COUNT_MS, signal);
    if (signal.aborted || !watch.isUp()) continue;
    const isTime = clock.now() > lookAt - 1; // a timer may be early by a part of a millisecond
    const isNoisy = loudness.hasBegun();
    const counts = await watch.bus.counts().catch(() => null); // the next look finds them
    const perSecond = counts ? load.judge(counts, loudness.heard(), clock.now()) : 0;
    const { connections: count = 0, errors = refused } = counts ?? {};
    refused = Math.min(refused, errors); // Redis may have begun again
    if (errors - refused > MOST_REFUSALS || (isTime && looks % REFUSALS_EVERY === 0)) {
      refused = errors;
      await lookAtRefusals(watch).catch(() => {});
    }
    const isMore = count > known + MORE;
    known = Math.min(known, count);
    if (!isTime && !isNoisy && !isMore && perSecond === 0) continue;
    known = await lookAtConnections(watch, { patience, isTime, load, perSecond }).catch(() => known);
    if (!isTime) continue;
    lookedAt = clock.now();
    loudness.beginAnew();
    looks += 1;
  }
}

/** Wakes when it becomes loud: then they are looked at, since those before may have opened more than was counted. */
function listenFor({ gauges, clock }: WatchRedis, { wake }: Wake) {
  let said = 0;
  let heard = 0;
  let begun = false;
  let loudUntil = clock.now() + LOUD_MS; // what was said before nobody knows
  const isLoud = () => clock.now() < loudUntil;
  const hear = (bytes: number) => {
    heard += workOf(bytes);
    said += bytes;
    if (said < LOUD_BYTES_SAID) return;
    if (!isLoud()) {
      begun = true;
      wake();
    }
    said = 0;
    loudUntil = clock.now() + LOUD_MS;
  };
  for (const gauge of gauges) gauge.onSaid(hear);
  return {
    isLoud,
    /** Once. */
    hasBegun() {
      const before = begun;
      begun = false;
      return before;
    },
    /** What the messages since it was asked last cost Redis, in commands. */
    heard() {
      const before = heard;
      heard = 0;
      return before;
    },
    beginAnew() {
      said = 0;
    },
  };
}

type Said = NonNullable<ReturnType<Gauge['loudest']>>;

/** What the last looks found. */
interface Patience {
  /** The loudest of each look. */
  said: (Said | null)[];
  /** Readers that were behind in each look until now, and in how many. */
  behind: Map<string, number>;
}

interface Look {
  patience: Patience;
  /** Else it was made because there are more of them: how patient one is, is counted in looks that come in time. */
  isTime: boolean;
  load: CommandLoad;
  /** What nobody hears; 0 where that is no more than usual. */
  perSecond: number;
}

/** @returns how many connections there are */
async function lookAtConnections(watch: WatchRedis, look: Look): Promise<number> {
  const { patience, isTime } = look;
  const connections = await watch.bus.connections();
  if (look.perSecond > 0) await fenceBusy(watch, connections, look);
  const findings = judgeConnections(connections, {
    networks: watch.networks(),
    loudest: isTime ? loudestOf(watch, patience) : null,
  });
  const before = patience.behind;
  if (isTime) patience.behind = new Map();
  for (const { who, kind, what, end, behind } of findings) {
    if (behind !== undefined) {
      if (!isTime) continue;
      patience.behind.set(behind, (before.get(behind) ?? 0) + 1);
      if ((patience.behind.get(behind) ?? 0) < LOOKS_BEHIND) continue;
    }
    watch.fence(who, kind, what);
    if (end.length > 0) await watch.bus.endConnections(end);
  }
  return connections.length;
}

async function fenceBusy(
  { bus, networks, isOurs, fence }: WatchRedis,
  connections: readonly BusConnection[],
  { load, perSecond }: Look,
): Promise<void> {
  for (const [owner, ids] of load.find(connections, { networks: networks(), isOurs })) {
    const who = whoIs(owner);
    fence(who, 'flood', `it has Redis run commands without end that nobody hears (${perSecond} a second of all)`);
    if (who.inst === null) await bus.endConnections(ids);
  }
}

/** Of the last looks. */
function loudestOf({ gauges }: WatchRedis, patience: Patience): Said | null {
  const louder = (one: Said | null, other: Said | null) => ((one?.bytes ?? 0) > (other?.bytes ?? 0) ? one : other);
  patience.said = [gauges.map((gauge) => gauge.loudest()).reduce(louder, null), ...patience.said].slice(
    0,
    LOOKS_BEHIND,
  );
  return patience.said.reduce(louder, null);
}

async function lookAtRefusals({ bus, networks, report, fence }: WatchRedis): Promise<void> {
  for (const { agent, what, count } of judgeRefusals(await bus.refusals(), { networks: networks() })) {
    if (count > MOST_REFUSALS) fence({ agent, inst: null }, 'refused', what);
    else report(agent, 'refused', what);
  }
}
