/** What the crew said and what happened to it, in our own database. */

import type { HistoryEntry, HistoryStore } from '../../domain/ports/stores.ts';
import { DEEPEST_CARRIED, parseJson } from '../../domain/text/json-text.ts';
import type { SurrealStore } from './connection.ts';
import type { Database, Variables } from './database.ts';

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
      return (rows as Row[]).map((row) => ({ ...row, body: parseJson(row.body, DEEPEST_CARRIED) })).reverse();
    },
    async forget({ before, most, mostAmongAgents }) {
      const own = await store.own();
      const among = await remove(own, `at <= ${surplus('mostAmongAgents', AMONG)} AND ${AMONG}`, { mostAmongAgents });
      const old = await remove(own, `at <= <datetime> $before OR at <= ${surplus('most', 'true')}`, { before, most });
      return among + old;
    },
  };
}

const AMONG = `(kind = 'message' AND agent != 'user' AND target NOT IN ['user', 'broadcast'])`;

/** The time of the newest that is one too many; older than everything where there is room. */
const surplus = (most: string, which: string) =>
  `((SELECT VALUE at FROM history WHERE ${which} ORDER BY at DESC LIMIT 1 START $${most})[0] ?? d'0001-01-01T00:00:00Z')`;

/** @returns how many; what they said is not read for it */
async function remove(own: Database, which: string, vars: Variables): Promise<number> {
  const [count] = await own.query(
    `{
      LET $old = (SELECT VALUE id FROM history WHERE ${which});
      DELETE $old RETURN NONE;
      RETURN array::len($old);
    }`,
    vars,
  );
  return Number(count);
}
