/** What agents remember (BUS.md, Services): checked at the door, kept in each agent's own database. */
import * as z from 'zod';
import { HairemError } from '../domain/errors/errors.ts';
import type { Log } from '../domain/ports/log.ts';
import type { Timers } from '../domain/ports/ports.ts';
import type { MemoryStore } from '../domain/ports/stores.ts';
import { type Call, operation, type Service } from '../rpc/operation.ts';
import { checkQuery } from '../surql/check-query.ts';

/** The vector of a text; null where no embedding model is configured. @throws HairemError where it does not answer */
export type Embed = (
  text: string,
  call: Pick<Call, 'agent' | 'inst' | 'id' | 'signal'>,
) => Promise<readonly number[] | null>;

export interface MemoryServiceOptions {
  store: MemoryStore;
  embed: Embed;
  clock: Timers;
  log: Log;
}

/** The database's driver takes no larger number, unless it is a fraction. */
const LARGEST = Number.MAX_SAFE_INTEGER;
const embedding = z.array(z.number().min(-LARGEST).max(LARGEST)).min(1).max(4096);
const tags = z.array(z.string().min(1).max(128)).max(32).default([]);

const remember = z.object({
  content: z
    .string()
    .min(1)
    .max(512 * 1024),
  embedding: embedding.nullish(),
  tags,
});

const recall = z
  .object({
    query: z
      .string()
      .min(1)
      .max(16 * 1024)
      .nullish(),
    embedding: embedding.nullish(),
    tags,
    limit: z.int().min(1).max(100).default(10),
  })
  .refine(({ query, embedding }) => query || embedding, { error: 'recall needs a text or an embedding' });

const query = z.object({
  surql: z.string().min(1),
  vars: z.record(z.string(), z.unknown()).default({}),
});

/** At the same time, of one agent: the engine has two threads where the host has two cores. */
const PER_AGENT = 8;

/** Less than an agent waits by default, or what it wants remembered would be lost with the vector. */
const EMBED_MS = 30_000;

export function createMemoryService({ store, embed, clock, log }: MemoryServiceOptions): Service {
  /** A model that is away costs the meaning, never the memory: words find it all the same. */
  const vectorOf = async (text: string, call: Call): Promise<readonly number[] | null> => {
    const patience = new AbortController();
    const late = () => patience.abort(new HairemError('timeout', `no vector in ${EMBED_MS / 1000} s`));
    const callOff = clock.after(EMBED_MS, late);
    try {
      return await embed(text, { ...call, signal: AbortSignal.any([call.signal, patience.signal]) });
    } catch (error) {
      if (call.signal.aborted) throw error;
      log.warn('no embedding: only words will find this', { agent: call.agent, error });
      return null;
    } finally {
      callOff();
    }
  };
  return {
    name: 'memory',
    keepsIntegers: true,
    perAgent: PER_AGENT,
    operations: {
      remember: operation({
        args: remember,
        run: async ({ content, tags, embedding: given }, call) => {
          const embedding = given ?? (await vectorOf(content, call));
          return store.remember(call.agent, { id: call.id, content, tags, embedding });
        },
      }),
      recall: operation({
        args: recall,
        run: async ({ query: text, embedding: given, tags, limit }, call) => {
          const embedding = given ?? (text ? await vectorOf(text, call) : null);
          return store.recall(call.agent, { id: call.id, text: text ?? null, embedding, tags, limit });
        },
      }),
      query: operation({
        args: query,
        async run({ surql, vars }, { agent, id }) {
          const { grows } = checkQuery(surql);
          return store.query(agent, { id, surql, vars: allowed(vars), grows });
        },
      }),
    },
  };
}

const PROTECTED = new Set(['access', 'auth', 'token', 'session']);
const MOST_VARS = 100;
/** Beyond that the engine's own recursion is at stake. */
const DEEPEST_VAR = 64;

/** @throws HairemError bad_request */
function allowed(vars: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const names = Object.keys(vars);
  if (names.length > MOST_VARS) throw new HairemError('bad_request', `a query may have ${MOST_VARS} variables`);
  const wrong = names.find((name) => PROTECTED.has(name) || !/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/.test(name));
  if (wrong !== undefined) throw new HairemError('bad_request', `a variable cannot be named ${wrong.slice(0, 80)}`);
  mustBeTaken(vars);
  return vars;
}

/** Level by level, since it is an agent's. @throws HairemError bad_request */
function mustBeTaken(value: unknown): void {
  let depth = 0;
  for (let level = [value]; level.length > 0; depth += 1) {
    if (depth > DEEPEST_VAR) throw new HairemError('bad_request', `variables may be ${DEEPEST_VAR} levels deep`);
    const large = level.find((one) => Number.isInteger(one) && Math.abs(Number(one)) > LARGEST);
    if (large !== undefined)
      throw new HairemError(
        'bad_request',
        `${large} is too large for a variable: give it as text, and say <float> $name`,
      );
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
}
