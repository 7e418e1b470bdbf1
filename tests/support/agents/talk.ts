/** Says something to an agent as a person does, and hears everything that it says to the user until it has answered. */
import assert from 'node:assert/strict';
import { eventually } from '../eventually.ts';
import type { ApiClient } from './api-client.ts';
import type { BusEar } from './bus-ear.ts';

type Fields = Record<string, unknown>;

export interface Talk {
  /** H-Link messages, in their order. */
  said: Fields[];
  /** The answer. */
  text: string;
}

export async function talk({ api, bus }: { api: ApiClient; bus: BusEar }, id: string, content: string): Promise<Talk> {
  const ears = bus.redis.duplicate();
  const said: Fields[] = [];
  ears.on('message', (_channel, text: string) => said.push(JSON.parse(text)));
  await ears.subscribe(`agent:user:${id}`);
  try {
    const body = { type: 'user_message', payload: { content } };
    const { status, body: answer } = await api.call('POST', `/api/agents/${id}/messages?wait=60`, { body });
    assert.equal(status, 200, JSON.stringify(answer));
    const { type, payload } = (answer as { reply: { type: string; payload: Fields } }).reply;
    assert.equal(type, 'narrative.text');
    await eventually('it is heard, too', () => said.some((message) => message.type === type));
    return { said, text: String(payload.content) };
  } finally {
    ears.disconnect();
  }
}

/** The pieces in which an answer was said before it was whole. */
export function piecesIn({ said }: Talk): string[] {
  const chunks = said.filter(({ type }) => type === 'narrative.chunk');
  return chunks.map(({ payload }) => String((payload as Fields).content));
}
