/** What an agent remembers: its own database in the memory service, which no other agent can read. */
import type { AgentHost, JsonObject } from './agent-host.ts';

/** One memory as it is stored. */
export interface Remembered {
  /** In SurrealQL: `type::record('memory', $id)`. */
  readonly id: string;
  /** What was remembered. */
  readonly content: string;
  /** What it was tagged with. */
  readonly tags: readonly string[];
  /** RFC 3339. */
  readonly created_at: string;
}

/** A memory that was found. */
export interface Recalled extends Remembered {
  /** How well it fits, the best first: cosine similarity for vectors, BM25 for words. Only comparable in one answer. */
  readonly score: number;
}

/** What `remember` may be told beside the text. */
export interface RememberOptions {
  /** By which it may be found; made by the configured embedding model where it is left out. */
  readonly embedding?: readonly number[];
  /** At most 32, of at most 128 characters each. */
  readonly tags?: readonly string[];
}

/** What `recall` may be told beside the text. */
export interface RecallOptions {
  /** Instead of a text. */
  readonly embedding?: readonly number[];
  /** At most so many; 10 by default, at most 100. */
  readonly limit?: number;
  /** Only what carries all of these. */
  readonly tags?: readonly string[];
}

/** `this.memory` of an agent. */
export class Memory {
  readonly #host: AgentHost;

  /** The runtime's business: an agent has `this.memory`. */
  constructor(host: AgentHost) {
    this.#host = host;
  }

  /** Stored when it resolves, and once, also when the message that led here is handled twice. Throws ServiceError. */
  async remember(content: string, options: RememberOptions = {}): Promise<Remembered> {
    return (await this.#ask('remember', { content, ...options })) as Remembered;
  }

  /** What fits the text best: by meaning where an embedding model is configured, by words otherwise. Throws ServiceError. */
  async recall(query: string | null, options: RecallOptions = {}): Promise<readonly Recalled[]> {
    return (await this.#ask('recall', { ...(query === null ? {} : { query }), ...options })) as Recalled[];
  }

  /**
   * SurrealQL in this agent's own database; what it does, it does once. A whole number beyond 2^53 - 1 is a bigint, in
   * `vars` and in results.
   * @returns the result of each statement; throws ServiceError
   */
  async query(surql: string, vars: JsonObject = {}): Promise<readonly unknown[]> {
    return (await this.#ask('query', { surql, vars })) as unknown[];
  }

  #ask(op: string, args: JsonObject): Promise<unknown> {
    return this.#host.request({ service: 'memory', op, args });
  }
}
