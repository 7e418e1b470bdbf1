/** What a heartbeat measures of its own process: memory as the engine counts it, CPU time, event-loop lag. */
import { readFileSync } from 'node:fs';

export interface Vitals {
  memory_bytes: number;
  /** Since the process started, in milliseconds. */
  cpu_ms: number;
  /** The longest that the event loop was late since the last reading, in milliseconds. */
  lag_ms: number;
}

export interface VitalSigns {
  /** Called by a timer every `everyMs`: what it is late, the event loop was. */
  tick(): void;
  read(): Vitals;
}

export function createVitals(everyMs: number, now: () => number): VitalSigns {
  let tickedAt = now();
  let lag = 0;
  const late = () => Math.max(lag, now() - tickedAt - everyMs);
  return {
    tick() {
      lag = late();
      tickedAt = now();
    },
    read() {
      const { user, system } = process.cpuUsage();
      const lag_ms = Math.round(Math.max(0, late()));
      lag = 0;
      return { memory_bytes: memoryBytes(), cpu_ms: Math.round((user + system) / 1000), lag_ms };
    },
  };
}

interface CgroupFiles {
  usage: string;
  limit: string;
  inactive: RegExp;
  stat: string;
}

const V2: CgroupFiles = {
  usage: '/sys/fs/cgroup/memory.current',
  limit: '/sys/fs/cgroup/memory.max',
  stat: '/sys/fs/cgroup/memory.stat',
  inactive: /^inactive_file (\d+)$/m,
};
const V1: CgroupFiles = {
  usage: '/sys/fs/cgroup/memory/memory.usage_in_bytes',
  limit: '/sys/fs/cgroup/memory/memory.limit_in_bytes',
  stat: '/sys/fs/cgroup/memory/memory.stat',
  inactive: /^total_inactive_file (\d+)$/m,
};

/** Usage without the file cache that the kernel may drop; the resident set where there is no cgroup to read. */
export function memoryBytes(read: (path: string) => string | null = readOrNull): number {
  for (const files of [V2, V1]) {
    const usage = Number(read(files.usage) ?? Number.NaN);
    const inactive = Number(files.inactive.exec(read(files.stat) ?? '')?.[1] ?? 0);
    if (Number.isFinite(usage)) return Math.max(0, usage - inactive);
  }
  return process.memoryUsage.rss();
}

/** Bytes, or null where there is none. */
export function memoryLimit(read: (path: string) => string | null = readOrNull): number | null {
  for (const files of [V2, V1]) {
    const limit = Number(read(files.limit) ?? Number.NaN);
    if (Number.isFinite(limit) && limit < Number.MAX_SAFE_INTEGER) return limit; // v1 says a huge number for "none"
  }
  return null;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

const HELD_ENTRIES = 10_000;
const HELD_BYTES = 64 * 1024 * 1024;

/** What an instance may hold back: a quarter of its memory. */
export const heldLimits = () => ({
  entries: HELD_ENTRIES,
  bytes: Math.floor((memoryLimit() ?? 4 * HELD_BYTES) / 4),
});
