/** What the crew said and what happened to it, in our own database. */
import type { HistoryEntry, HistoryStore } from '../domain/stores.ts';
import type { SurrealStore } from './surreal-store.ts';

interface Row extends Omit<HistoryEntry, 'body'> {
  body: string;
}

const FIELDS = 'record::id(id) AS id, <string> at AS at, kind, agent, target, body';

export function createSurrealHistory(store: Pick<SurrealStore, 'own'>): HistoryStore {
  return {
    async add(entries) {
      // As text: what others write in a message is theirs, and no query of ours looks inside.
      const rows = entries.map((entry) => ({ ...entry, body: JSON.stringify(entry.body) }));
      const insert = `FOR $row IN $rows {
        INSERT IGNORE INTO history {
          id: $row.id, at: <datetime> $row.at, kind: $row.kind, agent: $row.agent, target: $row.target, body: $row.body
        } RETURN NONE;
      }`;
      await (await store.own()).query(insert, { rows });
    },
    async read({ kind, limit, before, agent }) {
      const older = before === null ? '' : 'AND at < <datetime> $before';
      const about = agent === null ? '' : 'AND (agent = $agent OR target = $agent)';
      const [rows] = await (await store.own()).query(
        `SELECT ${FIELDS} FROM history WHERE kind = $kind ${older} ${about} ORDER BY at DESC LIMIT $limit`,
        { kind, before, agent, limit },
      );
      return (rows as Row[]).map((row) => ({ ...row, body: JSON.parse(row.body) })).reverse();
    },
    async forget({ before, most }) {
      const [count] = await (await store.own()).query(
        `{
          LET $surplus = (SELECT at FROM history ORDER BY at DESC LIMIT 1 START $most)[0].at;
          LET $until = IF $surplus = NONE { <datetime> $before } ELSE { array::max([$surplus, <datetime> $before]) };
          RETURN array::len((DELETE history WHERE at <= $until RETURN BEFORE));
        }`,
        { before, most },
      );
      return Number(count);
    },
  };
}
