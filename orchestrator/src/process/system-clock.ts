/** The real clock: monotonic milliseconds for windows and deadlines, wall clock for people. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Timers } from '../domain/ports/ports.ts';

export const systemClock: Clock & Timers = {
  now: () => performance.now(),
  timestamp: () => new Date().toISOString(),
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};
