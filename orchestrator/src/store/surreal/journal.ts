/** Answers that cost something, written down until nobody can ask for them again (BUS.md, rule 14). */

import type { Journal } from '../../domain/ports/stores.ts';
import { DEEPEST_CARRIED, parseJson } from '../../domain/text/json-text.ts';
import type { SurrealStore } from './connection.ts';

export interface SurrealJournal extends Journal {
  /** Called by a timer. */
  forgetOld(): Promise<void>;
}

export function createSurrealJournal(store: Pick<SurrealStore, 'own'>): SurrealJournal {
  return {
    async find(key) {
      const [text] = await (await store.own()).query(`RETURN type::record('answer', $key).result`, { key });
      return typeof text === 'string' ? { result: parseJson(text, DEEPEST_CARRIED) } : null;
    },
    async keep(key, result) {
      const kept = `UPSERT type::record('answer', $key) SET at = time::now(), result = $result RETURN NONE`;
      await (await store.own()).query(kept, { key, result: JSON.stringify(result) });
    },
    async forgetOld() {
      await (await store.own()).query('DELETE answer WHERE at < time::now() - 20m RETURN NONE');
    },
  };
}
