/** What instances say on `st:`: parsed once, and waited for by state with a deadline. Nothing here decides. */

import { createListeners, inNet } from '../../async/listeners.ts';
import type { AgentId, InstanceNumber } from '../../domain/agent.ts';
import { userOf } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import { type NoteFailure, throwLater } from '../../domain/errors/failures.ts';
import { type StatusMessage, statusMessage } from '../../domain/messages/control.ts';
import type { Clock } from '../../domain/ports/ports.ts';
import { DEEPEST_CARRIED, readJson } from '../../domain/text/json-text.ts';
import { createKnownHeartbeats, type KnownBeats } from './known-heartbeats.ts';

export type StatusType = StatusMessage['type'];
export type StatusOf<T extends StatusType> = Extract<StatusMessage, { type: T }>;

export interface Heard<T extends StatusType> {
  agent: AgentId;
  inst: InstanceNumber;
  type: T;
  matches?: (message: StatusOf<T>) => boolean;
  /** Null where the signal ends it, and whoever aborts that has a deadline. */
  deadlineMs: number | null;
  /** Aborting rejects with its reason. */
  signal: AbortSignal;
}

export interface StatusInbox {
  /** Gives one raw message of `st:<id>:<inst>`; what does not parse is counted and dropped (rule 17). */
  take(channel: string, text: string): void;
  /** Resolves with the first matching message from now on; rejects with not_ready at the deadline. */
  hear<T extends StatusType>(wanted: Heard<T>): Promise<StatusOf<T>>;
  listen(listener: (agent: AgentId, message: StatusMessage) => void): void;
  dropped(): number;
}

interface Waiter {
  user: string;
  offer(message: StatusMessage): void;
}

/** @param onForged told of one that speaks for another instance, on its own channel: no SDK does */
export function createStatusInbox(
  clock: Clock,
  note: NoteFailure = throwLater,
  onForged: (agent: AgentId, what: string) => void = () => {},
): StatusInbox {
  const waiters = new Set<Waiter>();
  const listeners = createListeners<[agent: AgentId, message: StatusMessage]>('states of instances', note);
  const parse = parseKnowing(createKnownHeartbeats());
  let dropped = 0;

  return {
    take(channel, text) {
      const heard = parse(channel, text);
      if (!heard || String(heard.message.inst) !== heard.inst) {
        dropped += 1;
        if (heard) onForged(heard.agent, `instance ${heard.inst} said \`${heard.message.type}\` for another instance`);
        return;
      }
      const user = userOf(heard.agent, heard.message.inst);
      const { message } = heard;
      for (const waiter of [...waiters]) {
        if (waiter.user === user) inNet(() => waiter.offer(message), 'what is waited for', note);
      }
      listeners.tell(heard.agent, message);
    },
    hear(wanted) {
      const promise = wait(wanted, waiters, clock);
      promise.catch(() => {}); // several are awaited together: the first failure speaks for all
      return promise;
    },
    listen: (listener) => void listeners.add(listener),
    dropped: () => dropped,
  };
}

/** Exactly three parts; that the message's own `inst` is the channel's, so that nobody speaks for another, is for the caller. */
function parseKnowing(known: KnownBeats) {
  return (channel: string, text: string): { agent: AgentId; inst: string; message: StatusMessage } | null => {
    const [kind, agent, inst, more] = channel.split(':');
    if (kind !== 'st' || !agent || !inst || more !== undefined) return null;
    const same = known.find(agent, text);
    if (same) return { agent, inst, message: same };
    const message = statusMessage.safeParse(readJson(text, DEEPEST_CARRIED)); // `context` carries values
    if (!message.success) return null;
    if (message.data.type === 'heartbeat') known.note(agent, text, message.data);
    return { agent, inst, message: message.data };
  };
}

function wait<T extends StatusType>(wanted: Heard<T>, waiters: Set<Waiter>, clock: Clock): Promise<StatusOf<T>> {
  const { agent, inst, type, matches, deadlineMs, signal } = wanted;
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const settle = (finish: () => void) => {
      waiters.delete(waiter);
      signal.removeEventListener('abort', onAbort);
      over.abort();
      finish();
    };
    const onAbort = () => settle(() => reject(signal.reason));
    const waiter: Waiter = {
      user: userOf(agent, inst),
      offer(message) {
        if (!isOf(message, type) || (matches && !matches(message))) return;
        settle(() => resolve(message));
      },
    };
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    waiters.add(waiter);
    if (deadlineMs === null) return;
    const tooLate = new HairemError(
      'not_ready',
      `${userOf(agent, inst)} did not say ${type} in ${deadlineMs / 1000} s`,
    );
    clock.sleep(deadlineMs, over.signal).then(
      () => settle(() => reject(tooLate)),
      () => {},
    );
  });
}

function isOf<T extends StatusType>(message: StatusMessage, type: T): message is StatusOf<T> {
  return message.type === type;
}
