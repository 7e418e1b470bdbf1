/** Agents' memories in SurrealDB: found by words through a full-text index, by meaning through one per vector size. */
import { HairemError } from '../../domain/errors/errors.ts';
import { LARGEST_RESULT_BYTES } from '../../domain/messages/message-size.ts';
import type { Memory, MemoryStore, NewMemory, Recall } from '../../domain/ports/stores.ts';
import { DEEPEST_CARRIED, parseExactJson, writeJson } from '../../domain/text/json-text.ts';
import type { SurrealStore } from './connection.ts';
import type { Database } from './database.ts';
import { searchWords } from './search-terms.ts';

const FIELDS = 'record::id(id) AS id, content, tags, <string> created_at AS created_at';
const LINKED =
  'record::id(id) AS id, memory.content AS content, memory.tags AS tags, <string> memory.created_at AS created_at';
/** How many candidates the vector index looks at, at least: fewer is quicker and finds worse. */
const LEAST_CANDIDATES = 60;
/** An answer to a query is kept as long as it may be asked for again (BUS.md, rule 14). */
const FORGET_ANSWERS = 'DELETE hairem_request WHERE at < time::now() - 20m RETURN NONE';
const FORGET_EVERY = 200;

type Found = Memory & { score: number };

export function createSurrealMemory(store: Pick<SurrealStore, 'ofAgent'>): MemoryStore {
  /** Vector indexes that are known to be there. */
  const indexed = new WeakMap<Database, Set<number>>();
  const queries = new WeakMap<Database, number>();

  const ensureIndex = async (database: Database, size: number) => {
    const sizes = indexed.get(database) ?? new Set();
    indexed.set(database, sizes);
    if (sizes.has(size) || !database.indexesVectors) return;
    await database.query(
      `DEFINE INDEX IF NOT EXISTS memory_v${size} ON memory_vector FIELDS v${size} HNSW DIMENSION ${size} DIST COSINE TYPE F32`,
    );
    sizes.add(size);
  };
  const forgetSometimes = async (database: Database) => {
    const count = queries.get(database) ?? 0;
    queries.set(database, count + 1);
    if (count % FORGET_EVERY === 0) await database.query(FORGET_ANSWERS);
  };
  const nearTo = async (database: Database, recall: Recall, embedding: readonly number[]) => {
    await ensureIndex(database, embedding.length);
    return byMeaning(database, recall, embedding);
  };
  return {
    async remember(agent, memory) {
      const database = await store.ofAgent(agent);
      if (memory.embedding) await ensureIndex(database, memory.embedding.length);
      return insert(database, memory);
    },
    async recall(agent, recall) {
      const database = await store.ofAgent(agent);
      const near = recall.embedding ? await nearTo(database, recall, recall.embedding) : [];
      if (near.length >= recall.limit || recall.text === null) return near;
      const worded = await byWords(database, recall, recall.text);
      const known = new Set(near.map(({ id }) => id));
      return [...near, ...worded.filter(({ id }) => !known.has(id))].slice(0, recall.limit);
    },
    async query(agent, query) {
      const database = await store.ofAgent(agent);
      await forgetSometimes(database);
      return queryOnce(database, query);
    },
  };
}

/** One statement, so it is all or nothing. */
async function insert(database: Database, { id, content, tags, embedding }: NewMemory): Promise<Memory> {
  const vector = embedding
    ? `CREATE type::record('memory_vector', $id) CONTENT { memory: $memory, tags: $tags, v${embedding.length}: $embedding } RETURN NONE;`
    : '';
  const [stored] = await database.query(
    `{
       LET $memory = type::record('memory', $id);
       IF !record::exists($memory) {
         CREATE $memory CONTENT { content: $content, tags: $tags, created_at: time::now() } RETURN NONE;
         ${vector}
       };
       RETURN $memory.{ id: record::id($memory), content, tags, created_at: <string> created_at };
     }`,
    { id, content, tags, embedding },
  );
  return stored as Memory;
}

async function byMeaning(database: Database, { tags, limit }: Recall, embedding: readonly number[]): Promise<Found[]> {
  const how = database.indexesVectors ? Math.max(LEAST_CANDIDATES, 2 * limit) : 'COSINE';
  const tagged = tags.length > 0 ? 'AND tags CONTAINSALL $tags' : '';
  const [found] = await database.query(
    `SELECT ${LINKED}, 1 - vector::distance::knn() AS score FROM memory_vector
     WHERE v${embedding.length} <|${limit},${how}|> $embedding ${tagged} ORDER BY score DESC`,
    { embedding, tags },
  );
  return (found as Found[]).filter(isMemory);
}

async function byWords(database: Database, { tags, limit }: Recall, question: string): Promise<Found[]> {
  const text = searchWords(question);
  if (text === '') return [];
  const tagged = tags.length > 0 ? 'AND tags CONTAINSALL $tags' : '';
  const [found] = await database.query(
    `SELECT ${FIELDS}, search::score(0) AS score FROM memory
     WHERE content @0,OR@ $text ${tagged} ORDER BY score DESC LIMIT $limit`,
    { text, tags, limit },
  );
  return found as Found[];
}

interface Query {
  id: string;
  surql: string;
  vars: Readonly<Record<string, unknown>>;
}

/** The answer is written down in the transaction that has the effect: both are there, or neither. */
async function queryOnce(database: Database, { id, surql, vars }: Query): Promise<unknown[]> {
  const answered = async (query: Database['query']) => {
    const [answer] = await query(`RETURN type::record('hairem_request', $id).answer`, { id });
    return typeof answer === 'string' ? (parseExactJson(answer, DEEPEST_CARRIED) as unknown[]) : null;
  };
  return database.transaction(async (query) => {
    const known = await answered(query);
    if (known) return known;
    const results = await query(surql, vars);
    const answer = writeJson(results);
    if (Buffer.byteLength(answer) > LARGEST_RESULT_BYTES) throw tooLarge(answer);
    await query(`CREATE type::record('hairem_request', $id) SET at = time::now(), answer = $answer RETURN NONE`, {
      id,
      answer,
    });
    return results;
  });
}

function tooLarge(answer: string): HairemError {
  const size = Buffer.byteLength(answer);
  return new HairemError('too_large', `the result has ${size} bytes and a message may have 1 MiB; nothing was changed`);
}

function isMemory(value: unknown): value is Memory {
  return typeof value === 'object' && value !== null && 'content' in value && typeof value.content === 'string';
}
