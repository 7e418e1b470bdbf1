/**
 * What agents keep on volumes of their own, against what the owner lets them have: shown, warned of, and above the limit
 * the agent is stopped, since no engine limits a volume and a full disk stops everybody.
 */
import type { AgentId } from '../../domain/agent.ts';
import type { AgentFact } from '../../domain/event.ts';
import type { Grants } from '../../domain/grants.ts';
import { volumeName } from '../../domain/labels.ts';
import type { Clock } from '../../domain/ports/ports.ts';
import type { ReportSecurity } from '../../domain/security.ts';

export interface WatchStorage {
  installId: string;
  /** Whether any agent has a volume: without one nothing is measured. */
  isUsed(): boolean;
  /** Bytes by agent. */
  sizes(): Promise<ReadonlyMap<AgentId, number>>;
  grants: Grants;
  /** Whether it is meant to run. */
  isWanted(agent: AgentId): boolean;
  stop(agent: AgentId, because: string): Promise<void>;
  emit(agent: AgentId, fact: AgentFact): void;
  report: ReportSecurity;
  onError(what: string, error: unknown): void;
  clock: Clock;
  signal: AbortSignal;
}

const LOOK_MS = 30_000;
/** Measuring walks every file: it may take one part in fifty of the engine's time. */
const SHARE = 50;
const NEAR = 0.8;
/** One that a person starts again, to clean up, is stopped again when it holds so much more. */
const GROWN = 1.1;

/** Runs until the signal aborts. Never rejects. */
export async function watchVolumeUsage(parts: WatchStorage): Promise<void> {
  const { clock, signal, isUsed, sizes, onError } = parts;
  const look = createLook(parts);
  while (!signal.aborted) {
    const began = clock.now();
    try {
      if (isUsed()) for (const [agent, bytes] of await sizes()) await look(agent, bytes);
    } catch (error) {
      onError('measuring what agents keep', error);
    }
    await clock.sleep(Math.max(LOOK_MS, (clock.now() - began) * SHARE), signal).catch(() => {});
  }
}

function createLook({ installId, grants, isWanted, stop, emit, report }: WatchStorage) {
  const shown = new Map<AgentId, { bytes: number; warning: string | null }>();
  /** What it held when it was stopped. */
  const stoppedAt = new Map<AgentId, number>();

  function show(agent: AgentId, bytes: number, warning: string | null): void {
    const before = shown.get(agent) ?? { bytes: -1, warning: null };
    shown.set(agent, { bytes, warning });
    if (before.bytes !== bytes) emit(agent, { type: 'storage', bytes });
    if (before.warning !== warning) emit(agent, { type: 'warning', key: 'storage', message: warning });
  }

  return async (agent: AgentId, bytes: number): Promise<void> => {
    const limit = grants(agent).storageBytes;
    const holds = `its volume at /data holds ${mib(bytes)} of ${mib(limit)} MiB`;
    const advice = `remove files (volume ${volumeName(installId, agent)}), or raise \`storage\` of ${agent} in deploy/grants.yaml`;
    if (bytes <= limit) {
      stoppedAt.delete(agent);
      return show(agent, bytes, bytes >= limit * NEAR ? `${holds}; above that it is stopped: ${advice}` : null);
    }
    show(agent, bytes, `${holds}: ${advice}, then ./hairem start ${agent}`);
    if (!isWanted(agent) || bytes <= (stoppedAt.get(agent) ?? 0) * GROWN) return;
    stoppedAt.set(agent, bytes);
    report(agent, 'hog', `${holds}: it is stopped`);
    await stop(agent, `${holds}: ${advice}`);
  };
}

/** Rounded up, so that what is above a limit does not look as if it were at it. */
const mib = (bytes: number) => Math.ceil(bytes / 2 ** 20);
