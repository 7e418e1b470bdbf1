/** The crew as its orchestrator knows it, for an agent that wants to know who is there. */
import type { AgentHost, JsonObject } from './agent-host.ts';

/** A record of GET /api/agents; fields that are not named here come with it. */
export interface AgentRecord {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly active: boolean;
  readonly personified: boolean;
  readonly description: string | null;
  readonly capabilities: readonly string[];
  readonly [key: string]: unknown;
}

export class Registry {
  readonly #host: AgentHost;

  constructor(host: AgentHost) {
    this.#host = host;
  }

  /** Every agent of the crew, this one too. Throws ServiceError. */
  async list(): Promise<readonly AgentRecord[]> {
    return (await this.#ask('list', {})) as AgentRecord[];
  }

  /** One agent, or null. Throws ServiceError. */
  async get(id: string): Promise<AgentRecord | null> {
    return (await this.#ask('get', { id })) as AgentRecord | null;
  }

  #ask(op: string, args: JsonObject): Promise<unknown> {
    return this.#host.request({ service: 'registry', op, args });
  }
}
