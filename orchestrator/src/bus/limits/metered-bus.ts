/**
 * A gauge for each speaker in front of everything that the orchestrator hears (SECURITY.md, faults 8 and 10). Redis says
 * who speaks: it is the last part of the channel, or the two last where an instance speaks for itself.
 */

import { createListeners } from '../../async/listeners.ts';
import type { AgentId } from '../../domain/agent.ts';
import type { NoteFailure } from '../../domain/errors/failures.ts';
import type { Bus, Clock } from '../../domain/ports/ports.ts';
import { DEEPEST_CARRIED, isDeeper } from '../../domain/text/json-text.ts';
import { BUDGETS, type Budget, hear, NEW_SPEAKER, type SpeakerState } from './sender-gauge.ts';

type Hearing = Pick<Bus, 'onMessage'>;

export interface Speaker {
  agent: AgentId;
  /** Null where the channel names the agent alone. */
  inst: number | null;
}

/** What is done with one that says too much. */
export interface Overheard {
  onThrottled(speaker: Speaker, what: string): void;
  onFlood(speaker: Speaker, what: string): void;
  /** It said what no SDK says. */
  onForged(speaker: Speaker, what: string): void;
}

export interface Gauge {
  /** @returns whether it may be heard */
  admits(channel: string, bytes: number): boolean;
  /** Tells of a speaker whose message is dropped for what it is. */
  refuse(channel: string, what: string): void;
  /** Who said the most since it was asked last, among agents; null for nobody. */
  loudest(): { agent: AgentId; bytes: number } | null;
  /** Called for each message that agents hear of each other, whether it is admitted or not. */
  onSaid(listener: (bytes: number) => void): void;
}

/** These are processes of ours, and the person at the API. */
const OURS: ReadonlySet<string> = new Set(['orchestrator', 'system', 'user']);
/** What more than the speaker's own instances hear, so what can fill the buffers of many. */
const TO_OTHERS: ReadonlySet<string> = new Set(['agent', 'broadcast']);
/** Instances come and go; who was not heard for so long begins anew. */
const FORGET_MS = 60_000;
const MOST_KNOWN = 10_000;

interface Tools extends Overheard {
  clock: Pick<Clock, 'now'>;
  /** By the kind of channel, and for what is said to one of them; `BUDGETS` by default. */
  budgets?: Readonly<Record<string, Budget>>;
}

interface Judged {
  known: Map<string, SpeakerState>;
  key: string;
  speaker: Speaker;
  what: string;
  budget: Budget;
  bytes: number;
}

/** Whom one can say it to: others hear nothing, and a name has up to 1 MiB. */
const TO_ONE = /^agent:(?!user:)[a-z0-9-]{1,40}:[a-z0-9-]{1,40}$/;
/** Speaker and other; with more, the pair that spoke first is forgotten. */
const MOST_PAIRS = 2_000;

export function createGauge({ clock, onThrottled, onFlood, onForged, budgets = BUDGETS }: Tools): Gauge {
  const speakers = new Map<string, SpeakerState>();
  const pairs = new Map<string, SpeakerState>();
  const saidListeners: ((bytes: number) => void)[] = [];
  let said = new Map<AgentId, number>();

  const judge = ({ known, key, speaker, what, budget, bytes }: Judged): boolean => {
    const now = clock.now();
    const before = known.get(key);
    const { state, verdict } = hear(before ?? { ...NEW_SPEAKER, at: now }, { bytes, now, budget });
    known.set(key, state);
    if (verdict === 'throttled' && state.over && !before?.over) onThrottled(speaker, describe(what, budget));
    if (verdict === 'fence') onFlood(speaker, describe(what, budget));
    return verdict === 'heard';
  };
  return {
    admits(channel, bytes) {
      const spoken = speakerOn(channel);
      if (!spoken) return false;
      const { kind, speaker, key } = spoken;
      const budget = budgets[kind];
      if (TO_OTHERS.has(kind)) for (const tell of saidListeners) tell(bytes);
      if (OURS.has(speaker.agent)) return true;
      if (!budget) return false;
      said.set(speaker.agent, (said.get(speaker.agent) ?? 0) + bytes);
      if (speakers.size > MOST_KNOWN) forgetSilent(speakers, clock.now());
      const judged = { speaker, what: kind, bytes: bytes + channel.length };
      if (!judge({ ...judged, known: speakers, key, budget })) return false;
      const toOne = budgets[`${kind} to one`];
      if (!toOne || !TO_ONE.test(channel)) return true;
      if (pairs.size >= MOST_PAIRS && !pairs.has(channel)) pairs.delete(pairs.keys().next().value ?? '');
      return judge({ ...judged, known: pairs, key: channel, budget: toOne });
    },
    refuse(channel, what) {
      const spoken = speakerOn(channel);
      if (spoken && !OURS.has(spoken.speaker.agent)) onForged(spoken.speaker, `it said on \`${spoken.kind}:\` ${what}`);
    },
    loudest() {
      const [most] = [...said].sort(([, one], [, other]) => other - one);
      said = new Map();
      return most ? { agent: most[0], bytes: most[1] } : null;
    },
    onSaid: (listener) => void saidListeners.push(listener),
  };
}

/** The first bus, hearing what all of them hear, with a gauge before its listeners. */
export function metered<T extends Hearing>(buses: readonly [T, ...Hearing[]], gauge: Gauge, note: NoteFailure): T {
  const listeners = createListeners<[channel: string, text: string]>('messages of the bus', note);
  for (const bus of buses)
    bus.onMessage((channel, text) => {
      if (!gauge.admits(channel, text.length)) return;
      if (isDeeper(text, DEEPEST_CARRIED)) gauge.refuse(channel, `JSON of more than ${DEEPEST_CARRIED} levels`);
      else listeners.tell(channel, text);
    });
  return { ...buses[0], onMessage: (listener) => void listeners.add(listener) };
}

/** @returns null for a channel that BUS.md does not have */
function speakerOn(channel: string): { kind: string; speaker: Speaker; key: string } | null {
  const parts = channel.split(':');
  const [kind = '', ...names] = parts;
  const at = (count: number, agent: number, inst: number | null) => {
    const name = names[agent];
    if (names.length !== count || !name) return null;
    const number = inst === null ? null : Number(names[inst]);
    return { kind, speaker: { agent: name, inst: number }, key: `${kind}:${name}:${number ?? ''}` };
  };
  if (kind === 'st') return at(2, 0, 1);
  if (kind === 'svc') return at(3, 1, 2);
  if (kind === 'agent') return at(2, 1, null);
  if (kind === 'broadcast') return at(1, 0, null);
  return kind === 're' ? { kind, speaker: { agent: 'system', inst: null }, key: kind } : null;
}

function forgetSilent(known: Map<string, SpeakerState>, now: number): void {
  for (const [key, { at }] of known) if (now - at > FORGET_MS) known.delete(key);
  for (const key of known.keys()) {
    if (known.size <= MOST_KNOWN) return;
    known.delete(key);
  }
}

function describe(kind: string, { bytesPerSecond, messagesPerSecond }: Budget): string {
  return `it said more on \`${kind}:\` than ${messagesPerSecond} messages or ${Math.round(bytesPerSecond / 1024)} KiB a second`;
}
