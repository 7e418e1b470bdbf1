/**
 * What the running code was started by: a message that is handled, or a task. It follows the code through every
 * await, so that what is sent can name its causes (BUS.md, Envelope) and stops when its cause is stopped.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Message } from '../message.ts';
import type { SendError } from '../send-error.ts';

export type Cause = HandlerCause | TaskCause;

export interface HandlerCause {
  readonly kind: 'message';
  readonly message: Message;
  readonly isBroadcast: boolean;
  /** Aborts at the drain deadline, or when the handler takes too long: it may not speak from then on. */
  readonly signal: AbortSignal;
  /** Publishes that Redis has not acknowledged yet: the message is not finished before. */
  readonly pending: Set<Promise<unknown>>;
  /** True once the handler has returned; what it left behind goes on without it. */
  settled: boolean;
  /** Whether who sent the message has been answered, as far as Redis says. */
  answered: boolean;
  /** Why an answer could not be sent as it was. */
  unsent: SendError | null;
}

export interface TaskCause {
  readonly kind: 'task';
  /** Aborts when the task has ended or did not end in time. */
  readonly signal: AbortSignal;
}

export function handlerCause(
  message: Message,
  { isBroadcast, signal }: Pick<HandlerCause, 'isBroadcast' | 'signal'>,
): HandlerCause {
  return {
    kind: 'message',
    message,
    isBroadcast,
    signal,
    pending: new Set(),
    settled: false,
    answered: false,
    unsent: null,
  };
}

export const causes = new AsyncLocalStorage<Cause>();
