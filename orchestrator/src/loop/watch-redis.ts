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
const REFUSALS_EVERY = 3;

/** Runs until the signal aborts. Never rejects: a look that fails is made again, and that Redis is away others say. */
export async function watchRedis(watch: WatchRedis, signal: AbortSignal): Promise<void> {
  for (let looks = 0; !signal.aborted; looks += 1) {
    await watch.clock.sleep(LOOK_MS, signal).catch(() => {});
    if (signal.aborted || !watch.isUp()) continue;
    await lookAtConnections(watch).catch(() => {});
    if (looks % REFUSALS_EVERY === 0) await lookAtRefusals(watch).catch(() => {});
  }
}

async function lookAtConnections({ bus, networks, gauges, fence }: WatchRedis): Promise<void> {
  const said = gauges.flatMap((gauge) => gauge.loudest() ?? []);
  const loudest = said.reduce<(typeof said)[number] | null>(
    (one, other) => (one && one.bytes > other.bytes ? one : other),
    null,
  );
  for (const { who, kind, what, end } of judgeConnections(await bus.connections(), { networks: networks(), loudest })) {
    fence(who, kind, what);
    if (end.length > 0) await bus.endConnections(end);
  }
}

async function lookAtRefusals({ bus, networks, report }: WatchRedis): Promise<void> {
  for (const { agent, what } of judgeRefusals(await bus.refusals(), { networks: networks() }))
    report(agent, 'refused', what);
}
