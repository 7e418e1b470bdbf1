/** What a language model is told before it answers as this agent. Pure; `contract/narrator.json` holds both SDKs to it. */
import type { HistoryEntry, JsonObject, Profile } from '../agent-host.ts';
import type { LlmMessage } from '../llm.ts';
import { isFields, type Message } from '../message.ts';
import { localTime } from './local-time.ts';

export interface PromptParts {
  readonly id: string;
  readonly profile: Profile;
  readonly persona: JsonObject | null;
  readonly history: readonly HistoryEntry[];
  /** The one to answer. */
  readonly message: Message;
  /** Of the world; null before it was told of one. */
  readonly theme: string | null;
  /** Of the home, for example `Europe/Paris`. */
  readonly zone: string;
}

const HISTORY_ENTRIES = 30;
const HISTORY_CHARACTERS = 24_000;

/** First who it is, then what was said, up to the message that it answers. */
export function promptFor(parts: PromptParts): LlmMessage[] {
  const told = recent(parts);
  return [{ role: 'system', content: instructions(parts, told.some(isNote)) }, ...conversation(told, parts)];
}

function instructions({ id, profile, persona, message, theme, zone }: PromptParts, hasNotes: boolean): string {
  const facts = [
    `You are ${profile.name} (${id}), one of the agents of this home.`,
    `It is ${localTime(message.timestamp, zone)}.`,
    `You are speaking with ${partnerOf(message)}.`,
    ...(theme === null ? [] : [themeFact(theme, persona)]),
    ...(hasNotes ? ['What is marked "for you alone" nobody else has seen: act on it, and do not repeat it.'] : []),
  ];
  const now = ['What is so now:', ...facts.map((fact) => `- ${fact}`)].join('\n');
  return [character(profile, persona), textIn(persona, 'prompt'), now].filter((text) => text !== '').join('\n\n');
}

function character({ name, role, description }: Profile, persona: JsonObject | null): string {
  const written = textIn(persona, 'system_prompt');
  if (written !== '') return written;
  const who = [name, textIn(persona, 'role') || role || ''].filter((text) => text !== '').join(', ');
  return `You are ${who}. ${textIn(persona, 'description') || description || ''}`.trim();
}

function partnerOf({ sender, payload }: Message): string {
  const { user } = payload;
  if (typeof user === 'string' && user.trim() !== '') return user.trim().slice(0, 64);
  return sender.agent_id === 'user' ? 'the user' : `the agent ${sender.agent_id}`;
}

/** What the persona's `theme_responses` say of it: a text, or texts by name. */
function themeFact(theme: string, persona: JsonObject | null): string {
  const responses = isFields(persona?.theme_responses) ? persona.theme_responses : {};
  const found = Object.entries(responses).find(([name]) => name.toLowerCase() === theme.toLowerCase())?.[1];
  const texts = isFields(found) ? Object.values(found) : [found];
  const said = texts.filter((text) => typeof text === 'string').join(' ');
  return `The theme of this home is ${theme}.${said === '' ? '' : ` ${said}`}`;
}

/** The last of what led to the message, itself whole and last; what others said meanwhile comes behind it. */
function recent({ history, message, profile }: PromptParts): HistoryEntry[] {
  const place = history.findIndex(({ id }) => id === message.id);
  const before = place < 0 ? history : history.slice(0, place);
  const { id, timestamp: when, sender } = message;
  const own: HistoryEntry = { id, role: 'user', text: String(message.payload.content), who: sender.agent_id, when };
  const { max_history: wanted } = profile.llm_config;
  const most = typeof wanted === 'number' && wanted >= 0 ? wanted : HISTORY_ENTRIES;
  const kept: HistoryEntry[] = [];
  let characters = 0;
  for (const entry of before.toReversed()) {
    characters += entry.text.length;
    if (kept.length >= most || characters > HISTORY_CHARACTERS) break;
    kept.unshift(entry);
  }
  return [...kept, own];
}

const isNote = ({ role }: HistoryEntry) => role === 'system';

/** Turn by turn, the other side first: some models take nothing else. */
function conversation(told: readonly HistoryEntry[], { id }: PromptParts): LlmMessage[] {
  const turns: { role: 'user' | 'assistant'; content: string }[] = [];
  for (const entry of told) {
    const role = entry.role === 'assistant' ? 'assistant' : 'user';
    const content = lineOf(entry, id);
    const last = turns.at(-1);
    if (last?.role === role) last.content += `\n${content}`;
    else turns.push({ role, content });
  }
  return turns[0]?.role === 'assistant' ? [{ role: 'user', content: '[what was said before]' }, ...turns] : turns;
}

function lineOf({ role, text, who }: HistoryEntry, id: string): string {
  if (role === 'assistant') return text;
  if (role === 'system') return who === id ? `[your own note] ${text}` : `[${who}, for you alone] ${text}`;
  return who === 'user' ? text : `[${who}] ${text}`;
}

function textIn(fields: JsonObject | null, name: string): string {
  const value = fields?.[name];
  return typeof value === 'string' ? value.trim() : '';
}
