/**
 * How much the core hears of one speaker. Pure: it stands before a message is parsed or redacted, so what is above the
 * budget costs next to nothing. Two leaking buckets, bytes and messages:
 *
 *   heard ──bucket full──► throttled (dropped, counted) ──goes on for 2 s, or a bucket more is dropped──► fence
 *     ▲                        │
 *     └── a second without ────┘
 */

export interface Budget {
  /** What may go on for ever. */
  bytesPerSecond: number;
  messagesPerSecond: number;
  /** What may come at once. */
  burstBytes: number;
  burstMessages: number;
}

export interface SpeakerState {
  /** What is in the buckets. */
  bytes: number;
  messages: number;
  /** Monotonic milliseconds of the last message. */
  at: number;
  /** Since it has been above its budget; null while it is not. */
  over: { since: number; last: number; bytes: number; messages: number } | null;
  /** When it was fenced last. What comes soon after was on its way, and says nothing of who speaks for it now. */
  fencedAt: number | null;
}

export type Verdict = 'heard' | 'throttled' | 'fence';

export const NEW_SPEAKER: SpeakerState = { bytes: 0, messages: 0, at: 0, over: null, fencedAt: null };

const PATIENCE_MS = 2_000;
const ON_ITS_WAY_MS = 3_000;
/** So long it must keep its budget to begin with a clean sheet. */
const GOOD_AGAIN_MS = 1_000;

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * By the first part of the channel. An instance says a heartbeat of some KB every two seconds, watermarks every few
 * milliseconds while it drains, and its context (up to 256 KiB) when a window opens; people are sent pictures.
 */
export const BUDGETS: Readonly<Record<string, Budget>> = {
  st: { bytesPerSecond: MIB, messagesPerSecond: 1_000, burstBytes: 2 * MIB, burstMessages: 4_000 },
  svc: { bytesPerSecond: 128 * KIB, messagesPerSecond: 50, burstBytes: MIB, burstMessages: 500 },
  agent: { bytesPerSecond: 2 * MIB, messagesPerSecond: 1_000, burstBytes: 4 * MIB, burstMessages: 2_000 },
  broadcast: { bytesPerSecond: 512 * KIB, messagesPerSecond: 200, burstBytes: 1.5 * MIB, burstMessages: 1_000 },
};
/**
 * Among agents, which only history hears, on a connection of its own. What one hears of another is what the SDKs hear of
 * it (contract/allowances.json): above that the rest is lost, so who goes on is ended before it takes the others' time.
 */
export const AMONG_AGENTS: Readonly<Record<string, Budget>> = {
  agent: { bytesPerSecond: 8 * MIB, messagesPerSecond: 5_000, burstBytes: 16 * MIB, burstMessages: 10_000 },
  'agent to one': { bytesPerSecond: 2 * MIB, messagesPerSecond: 1_000, burstBytes: 2 * MIB, burstMessages: 1_500 },
};

/** Of one service, by which requests are heard (services/main.ts): more than an SDK says, and less than hurts. */
export const ASKING: Readonly<Record<string, Budget>> = {
  svc: { bytesPerSecond: 2 * MIB, messagesPerSecond: 1_000, burstBytes: 4 * MIB, burstMessages: 2_000 },
};

/** @param bytes of the message; a bucket takes what fits, and what does not is not in it */
export function hear(
  before: SpeakerState,
  { bytes, now, budget }: { bytes: number; now: number; budget: Budget },
): { state: SpeakerState; verdict: Verdict } {
  const seconds = Math.max(0, now - before.at) / 1000;
  const inBytes = Math.max(0, before.bytes - seconds * budget.bytesPerSecond);
  const inMessages = Math.max(0, before.messages - seconds * budget.messagesPerSecond);
  const over = before.over && now - before.over.last < GOOD_AGAIN_MS ? before.over : null;
  const { fencedAt } = before;
  const leaked = { bytes: inBytes, messages: inMessages, at: now, over, fencedAt };
  if (inBytes + bytes <= budget.burstBytes && inMessages + 1 <= budget.burstMessages)
    return { state: { ...leaked, bytes: inBytes + bytes, messages: inMessages + 1 }, verdict: 'heard' };
  const dropped = {
    since: over?.since ?? now,
    last: now,
    bytes: (over?.bytes ?? 0) + bytes,
    messages: (over?.messages ?? 0) + 1,
  };
  if (fencedAt !== null && now - fencedAt < ON_ITS_WAY_MS) return { state: leaked, verdict: 'throttled' };
  if (!isHopeless(dropped, budget, now)) return { state: { ...leaked, over: dropped }, verdict: 'throttled' };
  return { state: { ...leaked, over: null, fencedAt: now }, verdict: 'fence' };
}

function isHopeless(over: NonNullable<SpeakerState['over']>, { burstBytes, burstMessages }: Budget, now: number) {
  return now - over.since >= PATIENCE_MS || over.bytes > burstBytes || over.messages > burstMessages;
}
