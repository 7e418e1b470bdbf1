/** The crew and the system as the API tells them. */
import * as z from 'zod';
import { recordSchema } from '../../api/record-schema.ts';
import type { AgentId } from '../../domain/agent.ts';
import type { ApiClient } from '../api-client.ts';
import { whichAgent } from './which-agent.ts';

export type WireRecord = z.output<typeof recordSchema>;

const systemSchema = z.looseObject({
  status: z.enum(['ok', 'degraded']),
  reasons: z.array(z.string()),
  version: z.string(),
  uptime_seconds: z.number(),
});
export type WireSystem = z.output<typeof systemSchema>;

export function readCrew(api: ApiClient): Promise<WireRecord[]> {
  return api.json('/api/agents', z.array(recordSchema));
}

export function readSystem(api: ApiClient): Promise<WireSystem> {
  return api.json('/api/status', systemSchema);
}

/** Ids of the agents that these words mean, each once. @throws as whichAgent */
export async function agentsOf(words: readonly string[], api: ApiClient): Promise<AgentId[]> {
  const records = await readCrew(api);
  return [...new Set(words.map((word) => whichAgent(word, records)))];
}

/** The path of an agent, or of something of it. */
export function agentPath(id: string, rest = ''): string {
  return `/api/agents/${encodeURIComponent(id)}${rest}`;
}
