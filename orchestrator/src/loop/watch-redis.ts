/** Looks at Redis' connections twice in three seconds and at what it refused every two, and fences who does harm. */
import type { Observation } from '../domain/observation.ts';
import type { Bus, Clock } from '../domain/ports.ts';
import type { ReportSecurity } from '../domain/security.ts';
import type { Fence } from './fence.ts';
import { judgeConnections } from './judge-connections.ts';
import { judgeRefusals } from './judge-refusals.ts';
import type { Gauge } from './metered-bus.ts';

export interface WatchRedis {
  bus: Pick<Bus, 'connections' | 'endConnections' | 'refusals'>;
  isUp(): boolean;
  clock: Pick<Clock, 'sleep'>;
  networks(): Observation['networks'];
  gauges: readonly Pick<Gauge, 'loudest'>[];
  fence: Fence;
  report: ReportSecurity;
}

const LOOK_MS = 750;
/** Who is behind for so many looks while nobody is loud does not read; before, a speaker may not have been heard yet. */
const LOOKS_BEHIND = 4;
const REFUSALS_EVERY = 3;
/** Between two looks at them. Each costs Redis what an answer costs: who goes on keeps the others waiting. */
const MOST_REFUSALS = 1_000;

/** Runs until the signal aborts. Never rejects: a look that fails is made again, and that Redis is away others say. */
export async function watchRedis(watch: WatchRedis, signal: AbortSignal): Promise<void> {
  const patience: Patience = { said: [], behind: new Map() };
  for (let looks = 0; !signal.aborted; looks += 1) {
    await watch.clock.sleep(LOOK_MS, signal).catch(() => {});
    if (signal.aborted || !watch.isUp()) continue;
    await lookAtConnections(watch, patience).catch(() => {});
    if (looks % REFUSALS_EVERY === 0) await lookAtRefusals(watch).catch(() => {});
  }
}

type Said = NonNullable<ReturnType<Gauge['loudest']>>;

/** What the last looks found. */
interface Patience {
  /** The loudest of each look. */
  said: (Said | null)[];
  /** Readers that were behind in each look until now, and in how many. */
  behind: Map<string, number>;
}

async function lookAtConnections({ bus, networks, gauges, fence }: WatchRedis, patience: Patience): Promise<void> {
  const louder = (one: Said | null, other: Said | null) => ((one?.bytes ?? 0) > (other?.bytes ?? 0) ? one : other);
  patience.said = [gauges.map((gauge) => gauge.loudest()).reduce(louder, null), ...patience.said].slice(
    0,
    LOOKS_BEHIND,
  );
  const loudest = patience.said.reduce(louder, null);
  const before = patience.behind;
  patience.behind = new Map();
  for (const { who, kind, what, end, behind } of judgeConnections(await bus.connections(), {
    networks: networks(),
    loudest,
  })) {
    if (behind !== undefined) {
      patience.behind.set(behind, (before.get(behind) ?? 0) + 1);
      if ((patience.behind.get(behind) ?? 0) < LOOKS_BEHIND) continue;
    }
    fence(who, kind, what);
    if (end.length > 0) await bus.endConnections(end);
  }
}

async function lookAtRefusals({ bus, networks, report, fence }: WatchRedis): Promise<void> {
  for (const { agent, what, count } of judgeRefusals(await bus.refusals(), { networks: networks() })) {
    if (count > MOST_REFUSALS) fence({ agent, inst: null }, 'refused', what);
    else report(agent, 'refused', what);
  }
}
