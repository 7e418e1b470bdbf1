/** Memory and CPU of one container, as the engine counts them: memory without the file pages that it could drop. */
import { engine } from '../rig/engine.ts';

interface Stats {
  memory_stats: { usage: number; stats: { total_inactive_file?: number; inactive_file?: number } };
  cpu_stats: { cpu_usage: { total_usage: number } };
}

export interface Usage {
  mib: number;
  cpuNs: number;
  /** Monotonic milliseconds. */
  at: number;
}

export async function readUsage(container: string): Promise<Usage> {
  const { memory_stats, cpu_stats } = await engine<Stats>(
    'GET',
    `/containers/${container}/stats?stream=false&one-shot=true`,
  );
  const { total_inactive_file, inactive_file = 0 } = memory_stats.stats;
  return {
    mib: (memory_stats.usage - (total_inactive_file ?? inactive_file)) / 2 ** 20,
    cpuNs: cpu_stats.cpu_usage.total_usage,
    at: performance.now(),
  };
}
