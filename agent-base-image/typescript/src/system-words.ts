/** Words of the system in an agent's mouth: excuses and notices (BUS.md, Excuses). No history of an agent keeps them. */
import type { Message } from './message.ts';

/** The payload of a `narrative.text` in which the system speaks, and not the agent. */
export function systemWords(content: string) {
  return { content, format: 'text', role: 'system' };
}

export function areSystemWords({ type, payload }: Pick<Message, 'type' | 'payload'>): boolean {
  return type === 'narrative.text' && payload.role === 'system';
}
