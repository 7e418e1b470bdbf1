/**
 * A process of the memory benchmark: fills an agent's database up to a size, and measures the driver on that engine with
 * no bus and no service between. A process of its own, because the engine keeps its files until the process ends.
 * `node memory-direct.ts FOLDER SIZE ROUNDS` prints one line of JSON.
 */

import { systemClock } from '../../orchestrator/src/process/system-clock.ts';
import { createSurrealStore } from '../../orchestrator/src/store/surreal/connection.ts';
import type { Database } from '../../orchestrator/src/store/surreal/database.ts';
import { embeddedEngines } from '../../orchestrator/src/store/surreal/embedded.ts';
import { prepare } from '../../orchestrator/src/store/surreal/schema.ts';
import { madeUp } from './memory-texts.ts';

const AGENT = 'bench';
const BATCH = 100;

export interface DirectFigures {
  remember: number[];
  words: number[];
  meaning: number[];
}

const [folder = '', size = '0', rounds = '0'] = process.argv.slice(2);

const store = createSurrealStore({
  place: { kind: 'disk', folder, engines: embeddedEngines(120) },
  querySeconds: 120,
  prepare,
  clock: systemClock,
});
const database = await store.ofAgent(AGENT);
await fill(database, Number(size));
console.log(JSON.stringify(await measure(database, Number(rounds))));
process.exit(0);

async function fill(database: Database, size: number): Promise<void> {
  await database.query(
    'DEFINE INDEX IF NOT EXISTS memory_v384 ON memory_vector FIELDS v384 HNSW DIMENSION 384 DIST COSINE TYPE F32',
  );
  const [counted] = (await database.query('SELECT count() FROM memory GROUP ALL')) as [{ count: number }[]];
  const made = madeUp(size);
  for (let count = counted[0]?.count ?? 0; count < size; count += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, size - count) }, (_, n) => ({
      id: `fill-${count + n}`,
      content: made.text(),
      v384: made.vector(),
    }));
    await database.query(
      `INSERT INTO memory (SELECT id, content, [] AS tags, time::now() AS created_at FROM $rows) RETURN NONE;
       INSERT INTO memory_vector (SELECT id, type::record('memory', id) AS memory, [] AS tags, v384 FROM $rows) RETURN NONE`,
      { rows },
    );
  }
}

async function measure(database: Database, rounds: number): Promise<DirectFigures> {
  const made = madeUp(7);
  let n = 0;
  const remember = await timed(rounds, () => {
    n += 1;
    const id = `direct-${process.pid}-${n}`;
    return database.query(
      `CREATE type::record('memory', $id) CONTENT { content: $content, tags: [], created_at: time::now() } RETURN NONE;
       CREATE type::record('memory_vector', $id) CONTENT { memory: type::record('memory', $id), tags: [], v384: $v }
       RETURN NONE`,
      { id, content: made.text(), v: made.vector() },
    );
  });
  const words = await timed(rounds, () =>
    database.query(
      `SELECT record::id(id) AS id, content, tags, created_at, search::score(0) AS score FROM memory
       WHERE content @0,OR@ $text ORDER BY score DESC LIMIT 10`,
      { text: made.text(3) },
    ),
  );
  const meaning = await timed(rounds, () =>
    database.query(
      `SELECT record::id(id) AS id, memory.content AS content, vector::distance::knn() AS distance
       FROM memory_vector WHERE v384 <|10,60|> $v`,
      { v: made.vector() },
    ),
  );
  return { remember, words, meaning };
}

async function timed(rounds: number, act: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    await act();
    times.push(performance.now() - began);
  }
  return times;
}
