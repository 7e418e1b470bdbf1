/** Runs the handlers of messages, each in the context of its cause, until their publishes are acknowledged too. */
import type { AgentHost } from '../agent-host.ts';
import type { BaseAgent } from '../base-agent.ts';
import type { Entry } from '../follower/state.ts';
import type { Message } from '../message.ts';
import { causes, type HandlerCause } from './cause.ts';
import type { Clock } from './clock.ts';
import type { OwnContext } from './context.ts';
import { dispatch } from './dispatch.ts';

export interface Handlers {
  /** Calls `onFinished` once, unless it is cancelled before. */
  run(entry: Entry, after: Before, onFinished: () => void): Promise<void>;
  /** From now on it may not speak. */
  cancel(ordinal: number): void;
  cancelAll(): void;
  /**
   * Gives up what has run for so long, by default ten minutes: it would block its sender, and every update, for ever.
   * What waits behind it runs then.
   */
  giveUpOld(seconds?: number): void;
}

/** What an entry waits for before its handler begins. */
interface Before {
  /** For one that was handed over: it is announced that it runs again (rule 12). */
  announced: Promise<unknown>;
  /** The agent's context is there; null when it is. */
  ready: Promise<void> | null;
}

interface Job {
  readonly message: Message;
  readonly startedAt: number;
  readonly controller: AbortController;
  /** Resolves when nobody waits for the handler any more. */
  readonly released: PromiseWithResolvers<void>;
}

const LONGEST_SECONDS = 10 * 60;

interface Tools {
  agent: () => BaseAgent | null;
  host: AgentHost;
  ctx: OwnContext;
  clock: Clock;
}

export function createHandlers({ agent, host, ctx, clock }: Tools): Handlers {
  const jobs = new Map<number, Job>();

  const cancel = (ordinal: number) => {
    const job = jobs.get(ordinal);
    jobs.delete(ordinal);
    if (job) release(job, 'the handler was cancelled');
  };
  return {
    cancel,
    cancelAll: () => [...jobs.keys()].forEach(cancel),
    giveUpOld(seconds = LONGEST_SECONDS) {
      for (const job of jobs.values()) {
        if (job.controller.signal.aborted || clock.now() - job.startedAt < seconds * 1000) continue;
        host.log.error(`a handler took more than ${seconds} s and was given up`, { id: job.message.id });
        release(job, 'the handler took too long');
      }
    },
    async run(entry, { announced, ready }, onFinished) {
      const job = begin(entry, clock.now());
      jobs.set(entry.ordinal, job);
      // Even an ordinary entry waits one turn: first all that came in one packet is counted, then code runs.
      await ready;
      await (entry.redelivered ? announced : null);
      const handler = agent();
      if (!handler || jobs.get(entry.ordinal) !== job) return;
      ctx.noteHeard(job.message);
      await settle(job, { entry, handler, host });
      if (jobs.get(entry.ordinal) !== job) return;
      jobs.delete(entry.ordinal);
      onFinished();
    },
  };
}

function begin(entry: Entry, startedAt: number): Job {
  const released = Promise.withResolvers<void>();
  return { message: flagged(entry), startedAt, controller: new AbortController(), released };
}

function release(job: Job, why: string): void {
  job.controller.abort(new Error(why));
  job.released.resolve();
}

interface Settling {
  entry: Entry;
  handler: BaseAgent;
  host: AgentHost;
}

async function settle({ message, controller, released }: Job, { entry, handler, host }: Settling): Promise<void> {
  const { signal } = controller;
  const pending = new Set<Promise<unknown>>();
  const { isBroadcast } = entry;
  const cause: HandlerCause = { kind: 'message', message, isBroadcast, signal, pending, settled: false };
  await Promise.race([causes.run(cause, () => dispatch(handler, host, message)), released.promise]);
  while (pending.size > 0 && !signal.aborted) await Promise.allSettled(pending);
  cause.settled = true;
}

/** What it says may have been said before: it was handed over, or what caused it was. */
function flagged({ message, redelivered }: Entry): Message {
  if (!redelivered || message.metadata.redelivered) return message;
  return { ...message, metadata: { ...message.metadata, redelivered: true } };
}
