/** The real clock: monotonic milliseconds for windows and deadlines, wall clock for people. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../domain/ports.ts';

export const systemClock: Clock = {
  now: () => performance.now(),
  timestamp: () => new Date().toISOString(),
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}),
};
