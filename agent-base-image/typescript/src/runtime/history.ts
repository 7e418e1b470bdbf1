/** `ctx.history`: the last that was said to the agent and by it, bounded by count and by bytes. */
import type { HistoryEntry } from '../agent-host.ts';
import { bytesOf } from './plain-json.ts';

const HISTORY_ENTRIES = 50;
const HISTORY_BYTES = 128 * 1024;
/** A longer text is cut: one entry must not push out all others. */
const LONGEST_TEXT = 16_384;

export interface History {
  readonly entries: readonly HistoryEntry[];
  /** False where an entry with this id is there: a message that is handled again, or heard of from two. */
  add(entry: HistoryEntry): boolean;
  replace(entries: readonly HistoryEntry[]): void;
}

export function createHistory(): History {
  const entries: HistoryEntry[] = [];
  const sizes: number[] = [];
  let bytes = 0;

  const add = (given: HistoryEntry) => {
    if (entries.some(({ id }) => id === given.id)) return false;
    const entry = Object.freeze({ ...given, text: shortened(given.text) });
    const size = bytesOf(JSON.stringify(entry));
    entries.push(entry);
    sizes.push(size);
    bytes += size;
    while (entries.length > HISTORY_ENTRIES || bytes > HISTORY_BYTES) {
      entries.shift();
      bytes -= sizes.shift() ?? 0;
    }
    return true;
  };
  return {
    entries,
    add,
    replace(others) {
      entries.length = 0;
      sizes.length = 0;
      bytes = 0;
      for (const entry of others) add(entry);
    },
  };
}

/** Never in the middle of a pair of surrogates. */
function shortened(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
}
