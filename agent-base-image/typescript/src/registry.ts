/** The crew as its orchestrator knows it, for an agent that wants to know who is there. */
import type { AgentHost, JsonObject } from './agent-host.ts';

/** A record of GET /api/agents; fields that are not named here come with it. */
export interface AgentRecord {
  /** The agent's id, for example `electra`. */
  readonly id: string;
  /** Its name for people. */
  readonly name: string;
  /** `active`, `starting`, `failed` and more: see GET /api/agents. */
  readonly status: string;
  /** Whether an instance of it acts. */
  readonly active: boolean;
  /** False for a tool without a personality. */
  readonly personified: boolean;
  /** One line on what it is for. */
  readonly description: string | null;
  /** What it can do, as its manifest says. */
  readonly capabilities: readonly string[];
  /** The other fields of the record. */
  readonly [key: string]: unknown;
}

/** The orchestrator answers in pages that a message can carry. */
interface Page {
  agents: readonly AgentRecord[];
  next: string | null;
}
const PAGE = 100;

/** `this.registry` of an agent. */
export class Registry {
  readonly #host: AgentHost;

  /** The runtime's business: an agent has `this.registry`. */
  constructor(host: AgentHost) {
    this.#host = host;
  }

  /** Every agent of the crew, this one too. Throws ServiceError. */
  async list(): Promise<readonly AgentRecord[]> {
    const agents: AgentRecord[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = (await this.#ask('list', { cursor, limit: PAGE })) as Page;
      agents.push(...page.agents);
      cursor = page.next;
    }
    return agents;
  }

  /** One agent, or null. Throws ServiceError. */
  async get(id: string): Promise<AgentRecord | null> {
    return (await this.#ask('get', { id })) as AgentRecord | null;
  }

  #ask(op: string, args: JsonObject): Promise<unknown> {
    return this.#host.request({ service: 'registry', op, args });
  }
}
