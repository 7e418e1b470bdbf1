/** Runs the handlers of messages, each in the context of its cause, until their publishes are acknowledged too. */
import type { BaseAgent } from '../base-agent.ts';
import type { Entry } from '../follower/state.ts';
import type { Message } from '../message.ts';
import { causes, type HandlerCause, handlerCause } from './cause.ts';
import type { Clock } from './clock.ts';
import type { OwnContext } from './context.ts';
import { dispatch } from './dispatch.ts';
import { excuseFor, owesAnswer } from './excuse.ts';
import type { InstanceHost } from './host.ts';

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
  /** Gives up whatever runs: the instance is told to go and can wait no longer. Whoever waits is told. */
  giveUpAll(): void;
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
  /** Resolves when nobody waits for the handler any more, with what whoever asked is told; null where others do it. */
  readonly released: PromiseWithResolvers<string | null>;
}

const LONGEST_SECONDS = 10 * 60;

interface Tools {
  agent: () => BaseAgent | null;
  host: InstanceHost;
  ctx: OwnContext;
  clock: Clock;
}

export function createHandlers({ agent, host, ctx, clock }: Tools): Handlers {
  const jobs = new Map<number, Job>();

  const cancel = (ordinal: number) => {
    const job = jobs.get(ordinal);
    jobs.delete(ordinal);
    if (job) release(job, { why: 'the handler was cancelled', excuse: null });
  };
  const giveUp = (job: Job, what: string) => {
    host.log.error(`a handler ${what}`, { id: job.message.id });
    release(job, { why: `the handler ${what}`, excuse: `it ${what}` });
  };
  const running = () => [...jobs.values()].filter(({ controller }) => !controller.signal.aborted);
  return {
    cancel,
    cancelAll: () => [...jobs.keys()].forEach(cancel),
    giveUpOld(seconds = LONGEST_SECONDS) {
      for (const job of running()) {
        if (clock.now() - job.startedAt < seconds * 1000) continue;
        giveUp(job, `took more than ${seconds} s and was given up`);
      }
    },
    giveUpAll() {
      for (const job of running()) giveUp(job, 'was stopped while it worked on this');
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
  const released = Promise.withResolvers<string | null>();
  return { message: flagged(entry), startedAt, controller: new AbortController(), released };
}

function release(job: Job, { why, excuse }: { why: string; excuse: string | null }): void {
  job.controller.abort(new Error(why));
  job.released.resolve(excuse);
}

interface Settling {
  entry: Entry;
  handler: BaseAgent;
  host: InstanceHost;
}

/** Whoever waits has an answer when it is settled: the handler's, or an excuse. */
async function settle({ message, controller, released }: Job, { entry, handler, host }: Settling): Promise<void> {
  const { signal } = controller;
  const { isBroadcast } = entry;
  const cause = handlerCause(message, { isBroadcast, signal });
  const ran = causes.run(cause, () => dispatch(handler, host, message));
  const why = await Promise.race([ran, released.promise]);
  while (cause.pending.size > 0 && !signal.aborted) await Promise.allSettled(cause.pending);
  const excuse = why ?? (signal.aborted ? null : unsentWords(cause, host));
  if (excuse !== null && !cause.answered && owesAnswer(message, host)) {
    const mayStillSpeak = signal.aborted ? new AbortController().signal : signal;
    await apologise(handlerCause(message, { isBroadcast, signal: mayStillSpeak }), { excuse, host });
  }
  cause.settled = true;
}

function unsentWords({ message: { id }, unsent }: HandlerCause, host: InstanceHost): string | null {
  if (!unsent) return null;
  host.log.error('an answer could not be sent', { id, error: unsent });
  return `its answer cannot be sent (${unsent.message})`;
}

/** Never rejects. */
async function apologise(cause: HandlerCause, { excuse, host }: { excuse: string; host: InstanceHost }): Promise<void> {
  const { message } = cause;
  try {
    const told = excuseFor(message, { why: host.log.hide(excuse), self: host });
    await causes.run(cause, () => host.send(told));
  } catch (error) {
    host.log.error('whoever asked could not be told that there is no answer', { id: message.id, error });
  }
  cause.settled = true;
}

/** What it says may have been said before: it was handed over, or what caused it was. */
function flagged({ message, redelivered }: Entry): Message {
  if (!redelivered || message.metadata.redelivered) return message;
  return { ...message, metadata: { ...message.metadata, redelivered: true } };
}
