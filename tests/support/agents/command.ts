/** Sends one `expert.command` through the API and returns the answer's payload. */
import type { ApiClient } from './api-client.ts';

export interface CommandAnswer {
  status: 'success' | 'error';
  result: unknown;
  error: unknown;
}

export async function command(
  { api }: { api: ApiClient },
  id: string,
  { name, args = {}, waitSeconds = 10 }: { name: string; args?: Record<string, unknown>; waitSeconds?: number },
): Promise<CommandAnswer> {
  const body = { type: 'expert.command', payload: { command: name, args } };
  const answer = await api.call('POST', `/api/agents/${id}/messages?wait=${waitSeconds}`, { body });
  if (answer.status !== 200) throw new Error(`${id} did not answer: ${answer.status} ${JSON.stringify(answer.body)}`);
  return (answer.body as { reply: { payload: CommandAnswer } }).reply.payload;
}
