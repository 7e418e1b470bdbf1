/** What agents may say in SurrealQL: statements, what they may define, functions. All else is refused by name. */

/** Each may stand where a statement may: at the top, in a block, in brackets, in the clauses of a field. */
export const STATEMENTS: ReadonlySet<string> = new Set([
  'SELECT',
  'CREATE',
  'UPDATE',
  'UPSERT',
  'DELETE',
  'INSERT',
  'RELATE',
  'RETURN',
  'LET',
  'IF',
  'FOR',
  'BREAK',
  'CONTINUE',
  'THROW',
  'DEFINE',
  'REMOVE',
  'ALTER',
  'INFO',
]);

/** They make the database larger. */
export const GROWING: ReadonlySet<string> = new Set(['CREATE', 'UPDATE', 'UPSERT', 'INSERT', 'RELATE', 'DEFINE']);

/** Statements that are expressions for the engine: they are looked for wherever a word stands. */
export const DEFINING: ReadonlySet<string> = new Set(['DEFINE', 'REMOVE', 'ALTER', 'REBUILD']);
export const DEFINABLE: ReadonlySet<string> = new Set(['TABLE', 'FIELD', 'INDEX']);
export const SHOWN: ReadonlySet<string> = new Set(['TABLE', 'TB', 'INDEX', 'DB', 'DATABASE']);

/** The one that the full-text index of memories uses; others could be made of files. */
export const ANALYZERS: ReadonlySet<string> = new Set(['memory_words']);

/** Statements that are refused by their first two words, wherever they stand. */
export const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  USE: ['NS', 'NAMESPACE', 'DB', 'DATABASE', 'DEFAULT'],
  LIVE: ['SELECT'],
  SHOW: ['CHANGES'],
};

/** Words that make an expression or a statement deeper without a bracket. */
export const DEEPENING: ReadonlySet<string> = new Set([...STATEMENTS, 'NOT', 'AND', 'OR', 'ELSE', 'THEN', 'IN', 'IS']);

export const MAY_SAY =
  'SELECT, CREATE, UPDATE, UPSERT, DELETE, INSERT, RELATE, RETURN, LET, IF, FOR, BREAK, CONTINUE, THROW; ' +
  'DEFINE, REMOVE and ALTER of TABLE, FIELD and INDEX; INFO FOR TABLE, INDEX and DB';

/** Whole namespaces, but for what `NO_FUNCTIONS` takes out of them. */
export const NAMESPACES: ReadonlySet<string> = new Set([
  'array',
  'bytes',
  'crypto',
  'duration',
  'encoding',
  'geo',
  'math',
  'meta',
  'object',
  'parse',
  'rand',
  'record',
  'schema',
  'search',
  'session',
  'set',
  'string',
  'time',
  'type',
  'value',
  'vector',
]);

/** By their beginning. Those that take long by intent, read text as a query, or name an analyzer. */
export const NO_FUNCTIONS: readonly string[] = [
  'crypto::argon2',
  'crypto::bcrypt',
  'crypto::pbkdf2',
  'crypto::scrypt',
  'search::analyze',
  'type::field',
  'type::fields',
  'type::file',
];

/** Functions with no namespace that do what no agent may. */
export const NO_CALLS: ReadonlySet<string> = new Set(['SLEEP', 'FUNCTION']);

/** They allocate what a number says; above this it is refused where it is written, else the process's limit holds. */
export const ALLOCATING: ReadonlySet<string> = new Set(['REPEAT', 'RANGE', 'STRING', 'FILL', 'ULID', 'WINDOWS', 'PAD']);
export const LARGEST_NUMBER = 1_000_000;
