/** How much of what one speaker says becomes history: a flood is for now, and must fill neither memory nor disk. */
import type { Log } from '../domain/ports/log.ts';
import type { Clock } from '../domain/ports/ports.ts';

export interface RateLimit {
  /** Counts it. @returns whether there is room for it, now */
  admits(speaker: string, bytes: number): boolean;
}

export interface QuotaLimits {
  /** Of each speaker, in each window. */
  messages: number;
  bytes: number;
  windowMs: number;
}

/** No person and no language model speaks as much; a program may. */
const LIMITS: QuotaLimits = { messages: 200, bytes: 512 * 1024, windowMs: 10_000 };

interface Tools {
  clock: Pick<Clock, 'now'>;
  log: Log;
  limits?: QuotaLimits;
}

/** One line when it begins to leave out what somebody says, and one when it has ended, with how much that was. */
export function createRateLimit({ clock, log, limits = LIMITS }: Tools): RateLimit {
  const used = new Map<string, { messages: number; bytes: number; isOver: boolean }>();
  const leftOut = new Map<string, number>();
  let begun = clock.now();

  const nextWindow = () => {
    begun = clock.now();
    for (const [agent, count] of leftOut) {
      if (used.get(agent)?.isOver) continue;
      log.info('history has all that it says again', { agent, left_out: count });
      leftOut.delete(agent);
    }
    used.clear();
  };
  return {
    admits(speaker, bytes) {
      if (clock.now() - begun >= limits.windowMs) nextWindow();
      const own = used.get(speaker) ?? { messages: 0, bytes: 0, isOver: false };
      used.set(speaker, own);
      own.messages += 1;
      own.bytes += bytes;
      own.isOver ||= own.messages > limits.messages || own.bytes > limits.bytes;
      if (!own.isOver) return true;
      if (!leftOut.has(speaker)) log.warn('it says more than history keeps', { agent: speaker, ...limits });
      leftOut.set(speaker, (leftOut.get(speaker) ?? 0) + 1);
      return false;
    },
  };
}
