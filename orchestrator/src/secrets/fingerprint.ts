/** Hashes of secrets that may be shown and stored: keyed, so that nobody who reads them can try values against them. */
import { createHmac } from 'node:crypto';
import type { AgentId } from '../domain/agent.ts';

export interface Seal {
  /** Of everything that one agent is given; empty for nothing. */
  hashOf(agent: AgentId, values: Readonly<Record<string, string>>): string;
  /** Of one; the same value gives another agent another fingerprint. */
  fingerprint(agent: AgentId, name: string, value: string): string;
}

/** @param key of this installation; it never leaves its data folder */
export function createSeal(key: string): Seal {
  const mac = (parts: unknown) => createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex');
  return {
    hashOf(agent, values) {
      const sorted = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
      return sorted.length === 0 ? '' : mac(['all', agent, sorted]).slice(0, 32);
    },
    fingerprint: (agent, name, value) => mac(['one', agent, name, value]).slice(0, 12),
  };
}
