/** What of the bus and of the registry is history: what people and crew said, and what happened to the crew. */
import type { RegistryEvent } from '../domain/event.ts';
import { envelope } from '../domain/h-link.ts';
import type { HistoryEntry } from '../domain/stores.ts';

const NARRATIVE = ['user_message', 'narrative.text', 'narrative.action'];
/** What comes every two seconds, or is over a moment later, tells nothing later. */
const PASSING = new Set<RegistryEvent['type']>([
  'heartbeat',
  'state',
  'stale',
  'desired',
  'building',
  'starting',
  'model',
]);

/** @returns null for what is no narrative message to or from the user or to all */
export function entryOfMessage(channel: string, text: string): HistoryEntry | null {
  if (!isBetweenPeople(channel) || !NARRATIVE.some((type) => text.includes(`"${type}"`))) return null;
  const message = read(text);
  if (!message || !NARRATIVE.includes(message.type)) return null;
  const agent = message.sender.agent_id;
  if (agent !== channel.split(':').at(-1)) return null; // the channel's last part is who Redis let speak
  return {
    id: `${agent}:${message.id}`,
    at: message.timestamp,
    kind: 'message',
    agent,
    target: message.recipient.target,
    body: message,
  };
}

/** Long messages are for now; what is kept of them is their place. */
const LONGEST_TEXT = 64 * 1024;

function isBetweenPeople(channel: string): boolean {
  return channel.startsWith('broadcast:') || channel.startsWith('agent:user:') || /^agent:[^:]+:user$/.test(channel);
}

function read(text: string) {
  if (text.length > LONGEST_TEXT) return null;
  try {
    const parsed = envelope.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** @param shown the event as clients see it */
export function entryOfEvent(id: number, event: RegistryEvent, shown: object): HistoryEntry | null {
  if (PASSING.has(event.type)) return null;
  const agent = 'agent' in event ? event.agent : 'system';
  return { id: `event:${id}`, at: event.at, kind: 'event', agent, target: null, body: shown };
}
