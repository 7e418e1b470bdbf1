/** What of the bus and of the registry is history: what people and crew said, and what happened to the crew. */
import type { RegistryEvent } from '../domain/event.ts';
import { envelope } from '../domain/messages/h-link.ts';
import type { HistoryEntry } from '../domain/ports/stores.ts';
import { readHeldJson } from '../domain/text/json-text.ts';

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
  'past_security',
]);
/** Long messages are for now; what is kept of them is their place. */
const LONGEST_TEXT = 64 * 1024;

/** Who speaks to whom, as the channel says it: that is what Redis lets one say. */
export interface Said {
  sender: string;
  target: string;
  /** From one agent to another, and not to or from a person or to all. */
  isAmongAgents: boolean;
}

/** @returns null for what cannot be a narrative message; cheap, since nothing is parsed for it */
export function saidOn(channel: string, text: string): Said | null {
  const said = speakersOf(channel);
  if (!said || text.length > LONGEST_TEXT) return null;
  return NARRATIVE.some((type) => text.includes(`"${type}"`)) ? said : null;
}

function speakersOf(channel: string): Said | null {
  const [kind, one = '', other = '', more] = channel.split(':');
  if (kind === 'broadcast' && one && !other) return { sender: one, target: 'broadcast', isAmongAgents: false };
  if (kind !== 'agent' || !one || !other || more !== undefined) return null;
  if (one === 'orchestrator' || other === 'orchestrator') return null; // the echo of rule 5
  return { sender: other, target: one, isAmongAgents: one !== 'user' && other !== 'user' };
}

/** @returns null for what is no narrative message, or speaks in another's name */
export function entryOfMessage({ sender, target }: Said, text: string): HistoryEntry | null {
  const message = read(text);
  if (!message || !NARRATIVE.includes(message.type) || message.sender.agent_id !== sender) return null;
  const { id, timestamp: at } = message;
  const body = { ...message, recipient: { ...message.recipient, target } };
  return { id: `${sender}:${id}`, at, kind: 'message', agent: sender, target, body };
}

function read(text: string) {
  const parsed = envelope.safeParse(readHeldJson(text));
  return parsed.success ? parsed.data : null;
}

/** @param shown the event as clients see it */
export function entryOfEvent(id: number, event: RegistryEvent, shown: object): HistoryEntry | null {
  if (PASSING.has(event.type)) return null;
  const agent = 'agent' in event ? event.agent : 'system';
  return { id: `event:${id}`, at: event.at, kind: 'event', agent, target: null, body: shown };
}
