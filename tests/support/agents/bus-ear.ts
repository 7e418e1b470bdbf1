/** What goes over the bus between orchestrator and instances, as the tests hear it: nothing is changed by listening. */
import type { Redis } from 'ioredis';
import { readJson } from '../../../agent-base-image/typescript/src/json-text.ts';
import { isFields } from '../../../agent-base-image/typescript/src/message.ts';

export interface Heard {
  /** Monotonic milliseconds. */
  at: number;
  kind: 'ctl' | 'st';
  agent: string;
  /** Of an instance: its number. */
  inst: number | null;
  message: { type: string; [key: string]: unknown };
}

export interface BusEar {
  /** Everything heard so far, oldest first; watermarks and heartbeats are left out. */
  readonly heard: readonly Heard[];
  /** Resolves with the first that matches from now on. */
  next(what: string, matches: (heard: Heard) => boolean, deadlineMs?: number): Promise<Heard>;
  /** Publishes as the orchestrator's user. */
  readonly redis: Redis;
  close(): void;
}

const QUIET = new Set(['watermark', 'heartbeat']);

interface Waiter {
  matches: (heard: Heard) => boolean;
  resolve: (heard: Heard) => void;
}

export async function listenToBus(redis: Redis): Promise<BusEar> {
  const ears = redis.duplicate();
  ears.on('error', () => {});
  const heard: Heard[] = [];
  const waiters = new Set<Waiter>();
  ears.on('pmessage', (_pattern: string, channel: string, text: string) => {
    const one = read(channel, text);
    if (!one || QUIET.has(one.message.type)) return;
    heard.push(one);
    for (const waiter of waiters) if (waiter.matches(one)) waiter.resolve(one);
  });
  await ears.psubscribe('st:*', 'ctl:*');
  return {
    heard,
    next: (what, matches, deadlineMs = 60_000) => wait({ what, matches, deadlineMs, waiters }),
    redis,
    close() {
      ears.disconnect();
      redis.disconnect();
    },
  };
}

interface Wait {
  what: string;
  matches: (heard: Heard) => boolean;
  deadlineMs: number;
  waiters: Set<Waiter>;
}

function wait({ what, matches, deadlineMs, waiters }: Wait): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      waiters.delete(waiter);
      finish();
    };
    const waiter: Waiter = { matches, resolve: (one) => settle(() => resolve(one)) };
    const timer = setTimeout(
      () => settle(() => reject(new Error(`not heard in ${deadlineMs / 1000} s: ${what}`))),
      deadlineMs,
    );
    waiters.add(waiter);
  });
}

function read(channel: string, text: string): Heard | null {
  const [kind, agent, inst] = channel.split(':');
  if ((kind !== 'ctl' && kind !== 'st') || !agent) return null;
  const message = readJson(text); // an agent of a test may say anything
  if (!isFields(message) || typeof message.type !== 'string') return null;
  return {
    at: performance.now(),
    kind,
    agent,
    inst: inst ? Number(inst) : null,
    message: { ...message, type: message.type },
  };
}
