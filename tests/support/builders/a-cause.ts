/** The handling of a message, for what the SDK does because of one. */
import assert from 'node:assert/strict';
import { type Message, toMessage } from '../../../agent-base-image/typescript/src/message.ts';
import type { HandlerCause } from '../../../agent-base-image/typescript/src/runtime/cause.ts';

interface About extends Partial<Omit<HandlerCause, 'message'>> {
  id?: string;
  /** Who sent the message. */
  from?: string;
  metadata?: Partial<Message['metadata']>;
}

export function handling({ id = 'm1', from = 'bob', metadata = {}, ...more }: About = {}): HandlerCause {
  const addressed = { sender: { agent_id: from }, recipient: { target: 'electra' } };
  const at = { timestamp: '2026-01-01T00:00:00Z', type: 'user_message' };
  const message = toMessage({ id, ...at, ...addressed, payload: {}, metadata });
  assert.ok(message);
  const { signal } = new AbortController();
  return {
    kind: 'message',
    message,
    isBroadcast: false,
    signal,
    pending: new Set(),
    settled: false,
    answered: false,
    unsent: null,
    ...more,
  };
}
