/**
 * What the databases look like, by version. A database is brought from the version that it has to ours, one step after
 * the other; one that is ahead of us is left alone.
 */
import { HairemError } from '../../domain/errors/errors.ts';
import type { Prepare } from './connection.ts';
import type { Database } from './database.ts';

/**
 * The n-th entry brings a database from version n to n + 1. What was released is never changed, only added to; each may
 * run twice, when the process was killed before the new version was written down.
 */
const OWN: readonly string[] = [
  `DEFINE TABLE IF NOT EXISTS answer SCHEMALESS;
   DEFINE INDEX IF NOT EXISTS answer_at ON answer FIELDS at;
   DEFINE TABLE IF NOT EXISTS history SCHEMALESS;
   DEFINE INDEX IF NOT EXISTS history_at ON history FIELDS kind, at;`,
  `DEFINE TABLE IF NOT EXISTS llm_call SCHEMALESS;
   DEFINE INDEX IF NOT EXISTS llm_call_at ON llm_call FIELDS at;
   DEFINE TABLE IF NOT EXISTS llm_usage SCHEMALESS;`,
  `DEFINE TABLE IF NOT EXISTS llm_day SCHEMALESS;
   DEFINE INDEX IF NOT EXISTS llm_day_day ON llm_day FIELDS day;`,
];

const AGENT: readonly string[] = [
  `DEFINE ANALYZER IF NOT EXISTS memory_words TOKENIZERS class FILTERS lowercase, ascii;
   DEFINE TABLE IF NOT EXISTS memory SCHEMALESS;
   DEFINE INDEX IF NOT EXISTS memory_content ON memory FIELDS content FULLTEXT ANALYZER memory_words BM25;
   DEFINE TABLE IF NOT EXISTS memory_vector SCHEMALESS;
   DEFINE EVENT IF NOT EXISTS memory_forgotten ON memory WHEN $event = 'DELETE' THEN {
     DELETE type::record('memory_vector', record::id($before.id));
   };
   DEFINE TABLE IF NOT EXISTS hairem_request SCHEMALESS;`,
];

/** Versions are kept in a database of ours, out of the agents' reach. */
export const prepare: Prepare = {
  own: (own) => migrate({ database: own, versions: own, name: 'services', steps: OWN }),
  agent: ({ database, versions, agent }) => migrate({ database, versions, name: `agent ${agent}`, steps: AGENT }),
};

interface Migration {
  database: Database;
  versions: Database;
  name: string;
  steps: readonly string[];
}

async function migrate({ database, versions, name, steps }: Migration): Promise<void> {
  const found = await versionOf(versions, name);
  if (found > steps.length) throw tooNew(name, { found, known: steps.length });
  for (let version = found; version < steps.length; version += 1) {
    const step = steps[version] ?? '';
    await database.transaction((query) => query(step));
    await versions.query(`UPSERT type::record('schema', $name) SET version = $version`, { name, version: version + 1 });
  }
}

async function versionOf(versions: Database, name: string): Promise<number> {
  await versions.query('DEFINE TABLE IF NOT EXISTS schema SCHEMALESS');
  const [version] = await versions.query(`RETURN type::record('schema', $name).version`, { name });
  return typeof version === 'number' ? version : 0;
}

function tooNew(name: string, { found, known }: { found: number; known: number }): HairemError {
  const what = `the state of the services was written by a newer hAIrem (${name}: version ${found}, this one knows ${known})`;
  return new HairemError('bad_config', `${what}: start that hAIrem again, or restore a backup of the volume`);
}
