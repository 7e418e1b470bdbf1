/**
 * How much one may say to another (BUS.md, Allowances): two leaking buckets for each channel, characters and messages.
 * Pure, and the same numbers and answers in each SDK (`contract/allowances.json`).
 */

export interface Allowance {
  /** What may go on for ever. Bytes are characters of the text. */
  readonly bytesPerSecond: number;
  readonly messagesPerSecond: number;
  /** What may come at once. */
  readonly burstBytes: number;
  readonly burstMessages: number;
}

export type Allowances = Readonly<Record<string, Allowance>>;

const KIB = 1024;
const MIB = 1024 * KIB;

/** What this instance says: less than what the others hear, so that nothing of it is lost when it comes in a heap. */
export const SAID: Allowances = {
  agent: { bytesPerSecond: MIB, messagesPerSecond: 500, burstBytes: MIB, burstMessages: 500 },
  broadcast: { bytesPerSecond: 256 * KIB, messagesPerSecond: 100, burstBytes: MIB, burstMessages: 500 },
  svc: { bytesPerSecond: MIB, messagesPerSecond: 500, burstBytes: MIB, burstMessages: 1_000 },
};
/** What it hears of one speaker; the orchestrator fences who goes on above it. */
export const HEARD: Allowances = {
  agent: { bytesPerSecond: 2 * MIB, messagesPerSecond: 1_000, burstBytes: 2 * MIB, burstMessages: 1_500 },
  broadcast: { bytesPerSecond: 512 * KIB, messagesPerSecond: 200, burstBytes: 1.5 * MIB, burstMessages: 1_000 },
};

/** What is in the buckets of one channel. */
interface Level {
  bytes: number;
  messages: number;
  /** Monotonic milliseconds. */
  at: number;
}

/** They speak through the orchestrator, which has limits of its own. */
const TRUSTED: ReadonlySet<string> = new Set(['user', 'orchestrator']);
/** Speakers come and go: with more, those whose buckets are empty are forgotten. */
const MOST_KNOWN = 1_000;

export class Buckets {
  readonly #allowances: Allowances;
  readonly #levels = new Map<string, Level>();

  constructor(allowances: Allowances) {
    this.#allowances = allowances;
  }

  /** Takes a message if it fits. @returns milliseconds until it would, 0 where it was taken */
  take(channel: string, bytes: number, now: number): number {
    const [kind = '', ...names] = channel.split(':');
    const allowance = this.#allowances[kind];
    if (!allowance || TRUSTED.has(names.at(-1) ?? '')) return 0;
    const level = leaked(this.#levels.get(channel), allowance, now);
    const ms = Math.max(
      overflow(level.bytes, bytes, allowance.burstBytes) / allowance.bytesPerSecond,
      overflow(level.messages, 1, allowance.burstMessages) / allowance.messagesPerSecond,
    );
    if (ms > 0) return ms * 1000;
    if (this.#levels.size >= MOST_KNOWN) this.#forget(now);
    this.#levels.set(channel, { bytes: level.bytes + bytes, messages: level.messages + 1, at: level.at });
    return 0;
  }

  #forget(now: number): void {
    for (const [channel, { at }] of this.#levels) if (now - at > LONGEST_MS) this.#levels.delete(channel);
  }
}

/** After so long any bucket is empty. */
const LONGEST_MS = 60_000;

function leaked(before: Level = { bytes: 0, messages: 0, at: 0 }, allowance: Allowance, now: number): Level {
  const at = Math.max(now, before.at);
  const seconds = (at - before.at) / 1000;
  return {
    bytes: Math.max(0, before.bytes - seconds * allowance.bytesPerSecond),
    messages: Math.max(0, before.messages - seconds * allowance.messagesPerSecond),
    at,
  };
}

/** What is too large for the bucket itself fits where it is empty. */
function overflow(level: number, more: number, burst: number): number {
  return level === 0 ? 0 : Math.max(0, level + more - Math.max(burst, more));
}
