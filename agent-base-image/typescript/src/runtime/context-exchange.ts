/**
 * How the instances of one agent come to the same context. Each says what it changed, and all hear everything in one
 * order, their own words too; so the last word on a key wins everywhere, and it is the same everywhere.
 *
 *   my value ──news()──► said, pending ──my own word comes back──► said, settled
 *
 * What is pending, or changed and not yet said, comes later in the stream than what is heard now: it stands.
 */
import type { Log } from '../agent-host.ts';
import { DEEPEST_CARRIED, readExactJson } from '../json-text.ts';
import type { OwnContext } from './context.ts';
import { toJson } from './plain-json.ts';
import type { ContextWord } from './words.ts';

/** What is said; the instance and its term are added on the way. */
export type ContextSaying = Omit<ContextWord, 'inst'>;

export interface Exchange {
  /** @returns what the others do not know yet, or everything; null where that is nothing */
  news(asked: { whole: boolean; cut: string | null }): ContextSaying | null;
  /** My own word: it stands now where it stands for all. */
  settle(word: ContextWord): void;
  /** Another's word. A follower has no word of its own: what its `setup()` wrote gives way. */
  hear(word: ContextWord, role: 'owner' | 'follower'): void;
  /** A follower becomes the owner: what was heard holds, also over what a late `setup()` has overwritten. */
  takeOver(): void;
}

export function createExchange(ctx: OwnContext, log: Log): Exchange {
  const { state, history } = ctx.known;
  /** The newest text of each key that is in the stream, mine or another's. */
  const said = new Map<string, string>();
  /** Keys of mine that have not come back yet, with the number of my word. */
  const pending = new Map<string, number>();
  const refused = new Set<string>();
  let saidUser: string | null = null;
  let count = 0;

  const refuse = (key: string, why: string) => {
    if (!refused.has(key)) log.warn(`not handed over: ${why}`, { key });
    refused.add(key);
  };
  /** What is no JSON any more is nobody else's: it never equals what was said. */
  const textOf = (key: string) => state.textOf(key) ?? undefined;
  const stands = (key: string, role: 'owner' | 'follower') =>
    pending.has(key) || (role === 'owner' && textOf(key) !== said.get(key));
  const put = (key: string, value: unknown) => {
    const text = toJson(value);
    said.set(key, text);
    if (textOf(key) !== text) state.take(key, value);
  };
  const drop = (key: string) => {
    said.delete(key);
    state.delete(key);
  };
  return {
    news({ whole, cut }) {
      const texts = state.texts(refuse);
      const set = [...texts].filter(([key, text]) => whole || said.get(key) !== text);
      const gone = [...said.keys()].filter((key) => !state.has(key));
      const { user } = ctx.known;
      const entries = history.news();
      if (!whole && cut === null && set.length + gone.length + entries.length === 0 && user === saidUser) return null;
      count += 1;
      if (whole) said.clear();
      for (const key of gone) said.delete(key);
      for (const [key, text] of set) said.set(key, text);
      for (const key of [...gone, ...set.map(([key]) => key)]) pending.set(key, count);
      saidUser = user;
      const values = set.map(([key, text]): [string, unknown] => [key, readExactJson(text, DEEPEST_CARRIED)]);
      return {
        type: 'context',
        n: count,
        whole,
        cut,
        set: values,
        gone,
        history: whole ? history.entries : entries,
        user,
      };
    },
    settle({ n }) {
      for (const [key, mine] of pending) if (mine <= n) pending.delete(key);
    },
    hear(word, role) {
      const known = new Set(word.set.map(([key]) => key));
      const missing = word.whole && role === 'follower' ? [...said.keys()].filter((key) => !known.has(key)) : [];
      for (const key of [...word.gone, ...missing]) if (!stands(key, role)) drop(key);
      for (const [key, value] of word.set) if (!stands(key, role)) put(key, value);
      if (word.whole && role === 'follower') history.replace(word.history);
      else for (const entry of word.history) history.take(entry);
      if (role === 'follower' || ctx.known.user === saidUser) ctx.known.user = saidUser = word.user;
    },
    takeOver() {
      for (const [key, text] of said) if (textOf(key) !== text) state.take(key, readExactJson(text, DEEPEST_CARRIED));
      for (const [key, text] of state.texts(refuse)) said.set(key, text);
      pending.clear();
      saidUser = ctx.known.user;
    },
  };
}
