/**
 * A message to the user or to all, as the event stream tells it: who, what kind, and its text, made safe to print.
 * `role: system` marks an excuse or a notice: words about the agent, which are not its own.
 */
import { envelope } from '../../domain/messages/h-link.ts';
import { printable } from '../printable.ts';

/** @returns null for what is no message */
export function wireMessage(message: unknown): object | null {
  const { success, data } = envelope.safeParse(message);
  if (!success) return null;
  const { id, timestamp: at, type, sender, recipient, payload, metadata } = data;
  const content = typeof payload.content === 'string' ? payload.content : JSON.stringify(payload);
  return {
    at,
    agent: sender.agent_id,
    id,
    type: printable(type),
    to: recipient.target,
    content: printable(content),
    correlation_id: metadata.correlation_id ?? null,
    ...(type === 'narrative.text' && payload.role === 'system' ? { role: 'system' } : {}),
  };
}
