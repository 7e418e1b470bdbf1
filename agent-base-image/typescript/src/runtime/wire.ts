/**
 * Reads what comes on `ctl:<id>`, `st:<id>:<inst>` and `re:<id>:<inst>` (BUS.md, Channels). Hand-written checks: a
 * message that does not fit is dropped, unknown types and fields are ignored, nothing here throws.
 */
import type { ControlEvent, PeerEvent } from '../follower/events.ts';
import { DEEPEST_CARRIED, readExactJson } from '../json-text.ts';
import { isFields } from '../message.ts';
import { type Check, count, entry, flag, listed, note, pair, profile, text, texts, whole, window } from './checks.ts';
import type { ContextWord, Question, Welcome } from './words.ts';

type Shape = Readonly<Record<string, Check>>;

const CONTROL: Readonly<Record<ControlEvent['type'], Shape>> = {
  mark: { id: text, owner: count },
  cut: { id: text, term: count, to: count, adopt: listed(count), conns: texts },
  adopt: { id: text, to: count, from: listed(count) },
  cancel: { inst: count },
  resume: { inst: count, term: count, owner: count },
  verified: { inst: count },
  retire: { inst: count, window },
  stop: { inst: count },
};

const QUESTIONS: Readonly<Record<Question['type'], Shape>> = {
  config_update: { inst: count, hash: text, soft: profile },
  give_up: { inst: count, seconds: count },
  whois: { nonce: text },
  ping: { inst: count, nonce: text },
};

const PEERS: Readonly<Record<PeerEvent['type'], Shape>> = {
  watermark: { inst: count, base: text, low: whole, done: listed(whole), trying: listed(whole) },
  cancelled: { inst: count },
};

const CONTEXT: Readonly<Record<'context', Shape>> = {
  context: {
    inst: count,
    n: count,
    whole: flag,
    cut: note,
    set: listed(pair),
    gone: listed(text),
    history: listed(entry),
    user: note,
  },
};

const WELCOME: Readonly<Record<'welcome', Shape>> = {
  welcome: { id: text, inst: count, hash: text, soft: profile, secrets: texts, drain_seconds: count },
};

export type ControlWord = { kind: 'rule'; event: ControlEvent } | { kind: 'question'; question: Question };

export function readControl(raw: string): ControlWord | null {
  const value = parse(raw);
  const event = fitting<ControlEvent>(value, CONTROL);
  if (event) return { kind: 'rule', event };
  const question = fitting<Question>(value, QUESTIONS);
  return question ? { kind: 'question', question } : null;
}

/** What another instance says of itself; null for heartbeats and the rest. */
export function readPeer(channel: string, raw: string): PeerEvent | null {
  if (!raw.includes('"watermark"') && !raw.includes('"cancelled"')) return null;
  return spokenOn(channel, fitting<PeerEvent>(parse(raw), PEERS));
}

/** What an instance of this agent says of its context, this one too. */
export function readContext(channel: string, raw: string): ContextWord | null {
  if (!raw.includes('"context"')) return null;
  return spokenOn(channel, fitting<ContextWord>(parse(raw), CONTEXT));
}

/** Nobody speaks for another: the number in a word must be the channel's. */
function spokenOn<T extends { inst: number }>(channel: string, word: T | null): T | null {
  const parts = channel.split(':');
  return word && parts.length === 3 && String(word.inst) === parts[2] ? word : null;
}

export function readWelcome(raw: string): Welcome | null {
  return fitting<Welcome>(parse(raw), WELCOME);
}

/** Contexts and configs carry values of the agent's own. */
const parse = (raw: string): unknown => readExactJson(raw, DEEPEST_CARRIED);

function fitting<T extends { type: string }>(value: unknown, shapes: Readonly<Record<string, Shape>>): T | null {
  if (!isFields(value) || typeof value.type !== 'string' || !Object.hasOwn(shapes, value.type)) return null;
  const shape = shapes[value.type] ?? {};
  const fits = Object.entries(shape).every(([name, check]) => check(value[name]));
  return fits ? (value as unknown as T) : null;
}
