/**
 * A heartbeat mostly says what the one before said, but for what is measured anew each time: then only those numbers are
 * read. What else is in the text is the same to the letter as what was parsed and checked before, so it need not be again.
 */
import type { AgentId } from '../../domain/agent.ts';
import type { StatusMessage } from '../../domain/messages/control.ts';

type Heartbeat = Extract<StatusMessage, { type: 'heartbeat' }>;

export interface KnownBeats {
  /** @returns what the text says; null where that is to be parsed */
  find(agent: AgentId, text: string): Heartbeat | null;
  /** Of a text that was parsed. */
  note(agent: AgentId, text: string, beat: Heartbeat): void;
}

/** As both SDKs write them. In a string of JSON the quotes would not stand like this; 15 digits are in every bound. */
const MEASURED = /"memory_bytes": ?(\d{1,15}), ?"cpu_ms": ?(\d{1,15}), ?"lag_ms": ?(\d{1,15})(?=[,}])/;
/** One that is longer is parsed each time. */
const LONGEST = 16 * 1024;
/** Agents come and go. */
const MOST_KNOWN = 1_000;

/** An agent has two instances for a while at most: the one that spoke last is known. */
export function createKnownHeartbeats(): KnownBeats {
  const known = new Map<AgentId, { rest: string; beat: Heartbeat }>();
  return {
    find(agent, text) {
      const last = known.get(agent);
      const parts = last ? partsOf(text) : null;
      return last && parts && parts.rest === last.rest ? { ...last.beat, ...parts.measured } : null;
    },
    note(agent, text, beat) {
      const parts = partsOf(text);
      if (!parts || !isIn(beat, parts.measured)) return void known.delete(agent);
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(agent, { rest: parts.rest, beat });
    },
  };
}

type Measured = Pick<Heartbeat, 'memory_bytes' | 'cpu_ms' | 'lag_ms'>;

function partsOf(text: string): { measured: Measured; rest: string } | null {
  if (text.length > LONGEST) return null;
  const found = MEASURED.exec(text);
  if (!found) return null;
  const [all, memory, cpu, lag] = found;
  const measured = { memory_bytes: Number(memory), cpu_ms: Number(cpu), lag_ms: Number(lag) };
  return { measured, rest: `${text.slice(0, found.index)}\n${text.slice(found.index + all.length)}` };
}

/** The numbers that were found are the heartbeat's own, and not some of the same names further in. */
const isIn = (beat: Heartbeat, { memory_bytes, cpu_ms, lag_ms }: Measured) =>
  beat.memory_bytes === memory_bytes && beat.cpu_ms === cpu_ms && beat.lag_ms === lag_ms;
