/** `ctx.history`: the last that was said to the agent and by it, bounded by count and by bytes. */
import type { HistoryEntry } from '../agent-host.ts';
import { bytesOf } from './plain-json.ts';

const HISTORY_ENTRIES = 50;
const HISTORY_BYTES = 128 * 1024;
/** A longer text is cut: one entry must not push out all others. */
const LONGEST_TEXT = 16_384;

export interface History {
  readonly entries: readonly HistoryEntry[];
  /** Nothing happens where an entry with this id is there: a message that is handled again, or heard of from two. */
  add(entry: HistoryEntry): void;
  /** As `add`, for what another instance knows, too. */
  take(entry: HistoryEntry): void;
  replace(entries: readonly HistoryEntry[]): void;
  /** What was added since this was asked last. */
  news(): HistoryEntry[];
}

export function createHistory(): History {
  const entries: HistoryEntry[] = [];
  const sizes: number[] = [];
  const fresh = new Set<string>();
  let bytes = 0;

  const take = (given: HistoryEntry): boolean => {
    if (entries.some(({ id }) => id === given.id)) return false;
    const entry = Object.freeze({ ...given, text: shortened(given.text) });
    const size = bytesOf(JSON.stringify(entry));
    entries.push(entry);
    sizes.push(size);
    bytes += size;
    while (entries.length > HISTORY_ENTRIES || bytes > HISTORY_BYTES) {
      fresh.delete(entries.shift()?.id ?? '');
      bytes -= sizes.shift() ?? 0;
    }
    return true;
  };
  return {
    entries,
    take,
    add(entry) {
      if (take(entry)) fresh.add(entry.id);
    },
    replace(others) {
      entries.length = 0;
      sizes.length = 0;
      bytes = 0;
      fresh.clear();
      for (const entry of others) take(entry);
    },
    news() {
      const news = entries.filter(({ id }) => fresh.has(id));
      fresh.clear();
      return news;
    },
  };
}

/** Never in the middle of a pair of surrogates. */
function shortened(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
}
