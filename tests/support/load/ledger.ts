/**
 * The accounting of one publisher: what its messages owe against the answers it hears, in the order in which it hears
 * them. Pure but for its own maps, which grow with the number of streams and not with the number of messages.
 */

export interface Figures {
  /** Answers owed: one per message, and one per agent for a broadcast. */
  owed: number;
  /** Owed, never answered, and reported by nobody. */
  lost: number;
  /** A second answer that is not flagged as redelivered. */
  duplicated: number;
  /** A second answer that is flagged. */
  repeated: number;
  /** All flagged answers. */
  redelivered: number;
  /** A first answer behind the first answer to a later message of the same stream. */
  reordered: number;
  /** Of order, as the agent saw it inside one instance. */
  behind: number;
  /** Dropped as poison, in the words of an instance. */
  abandoned: number;
  /** Answers to what was never asked. */
  unknown: number;
}

export const NO_FIGURES: Figures = {
  owed: 0,
  lost: 0,
  duplicated: 0,
  repeated: 0,
  redelivered: 0,
  reordered: 0,
  behind: 0,
  abandoned: 0,
  unknown: 0,
};

export interface Effect {
  agent: string;
  /** One sender and one target; numbers count from 1. */
  stream: string;
  seq: number;
  redelivered: boolean;
  behind: boolean;
  /** No order is promised in this stream (BUS.md, rule 7: what does not wait in a lane). */
  anyOrder?: boolean;
}

interface Lane {
  owed: number;
  /** All up to here are answered. */
  low: number;
  /** Answered above `low`. */
  above: Set<number>;
  newest: number;
}

export interface Ledger {
  lanes: Map<string, Lane>;
  counts: Omit<Figures, 'owed' | 'lost' | 'abandoned'>;
}

export function openLedger(): Ledger {
  const { owed, lost, abandoned, ...counts } = NO_FIGURES;
  return { lanes: new Map(), counts };
}

const laneName = (agent: string, stream: string) => `${agent}/${stream}`;

/** The next message of a stream is owed by this agent. */
export function owe(ledger: Ledger, agent: string, stream: string): void {
  const name = laneName(agent, stream);
  const lane = ledger.lanes.get(name) ?? { owed: 0, low: 0, above: new Set(), newest: 0 };
  lane.owed += 1;
  ledger.lanes.set(name, lane);
}

/** @returns true for the first answer to a message that is owed */
export function hear(ledger: Ledger, effect: Effect): boolean {
  const { counts } = ledger;
  if (effect.redelivered) counts.redelivered += 1;
  if (effect.behind) counts.behind += 1;
  const lane = ledger.lanes.get(laneName(effect.agent, effect.stream));
  if (!lane || effect.seq < 1 || effect.seq > lane.owed) {
    counts.unknown += 1;
    return false;
  }
  if (isHeard(lane, effect.seq)) {
    counts[effect.redelivered ? 'repeated' : 'duplicated'] += 1;
    return false;
  }
  note(lane, effect.seq);
  if (effect.seq < lane.newest && !effect.anyOrder) counts.reordered += 1;
  lane.newest = Math.max(lane.newest, effect.seq);
  return true;
}

const isHeard = (lane: Lane, seq: number) => seq <= lane.low || lane.above.has(seq);

function note(lane: Lane, seq: number): void {
  lane.above.add(seq);
  while (lane.above.delete(lane.low + 1)) lane.low += 1;
}

/** Answers still owed. */
export function outstanding(ledger: Ledger): number {
  let open = 0;
  for (const lane of ledger.lanes.values()) open += lane.owed - lane.low - lane.above.size;
  return open;
}

/** @param abandoned `<agent>/<stream>#<seq>` of what instances reported as poison */
export function closeLedger(ledger: Ledger, abandoned: ReadonlySet<string>): Figures {
  let owed = 0;
  let lost = 0;
  let given = 0;
  for (const [name, lane] of ledger.lanes) {
    owed += lane.owed;
    for (let seq = lane.low + 1; seq <= lane.owed; seq += 1) {
      if (lane.above.has(seq)) continue;
      if (abandoned.has(`${name}#${seq}`)) given += 1;
      else lost += 1;
    }
  }
  return { ...ledger.counts, owed, lost, abandoned: given };
}

/** Which answers are missing, for a person who reads a failure. */
export function missing(ledger: Ledger, limit: number): string[] {
  const names: string[] = [];
  for (const [name, lane] of ledger.lanes) {
    for (let seq = lane.low + 1; seq <= lane.owed && names.length < limit; seq += 1) {
      if (!lane.above.has(seq)) names.push(`${name}#${seq}`);
    }
  }
  return names;
}

export function addFigures(all: readonly Figures[]): Figures {
  const sum = { ...NO_FIGURES };
  for (const one of all) for (const key of Object.keys(sum) as (keyof Figures)[]) sum[key] += one[key];
  return sum;
}
