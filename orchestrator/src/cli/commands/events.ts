/** `hairem events`: what happens to the crew and what it says, as it happens; goes on where it was when the stream breaks. */
import * as z from 'zod';
import { problemSchema } from '../../api/record-schema.ts';
import { type AgentId, toAgentId } from '../../domain/agent.ts';
import { invalidBecause, problemText } from '../../domain/behind.ts';
import { DEEPEST_CARRIED, parseJson } from '../../domain/text/json-text.ts';
import { readCrew } from '../agents/records.ts';
import { knownAgent, nearest } from '../agents/which-agent.ts';
import { type ApiClient, connectApi } from '../api-client.ts';
import type { Command, Terminal } from '../command.ts';
import { localTime, milliseconds, oneLine, shortHash } from '../format.ts';
import { type ServerSentEvent, serverSentEvents } from '../stream-items.ts';

const RECONNECT_MS = 1000;

/** Every event, as far as it is told in one line. */
const event = z.looseObject({
  at: z.string().optional(),
  agent: z.string().optional(),
  because: z.string().optional(),
  hash: z.string().optional(),
  inst: z.number().optional(),
  message: z.string().nullish(),
  content: z.string().optional(),
  state: z.string().optional(),
  key: z.string().optional(),
  ok: z.boolean().optional(),
  version: z.object({ hash: z.string() }).optional(),
  update: z
    .object({
      lane: z.string(),
      result: z.string(),
      ms: z.number().nullable(),
      because: z.string(),
      error: z.object({ message: z.string() }).nullish(),
    })
    .optional(),
  problems: z.array(problemSchema).optional(),
  warnings: z.array(z.union([z.string(), problemSchema])).optional(),
});
type WireEvent = z.output<typeof event>;

export const events: Command = async ({ words: [word], options, json, config, terminal, clock }) => {
  const api = await connectApi(config);
  const agent = word === undefined ? undefined : await agentOf(word, api, terminal);
  let lastId: string | null = null;
  while (true) {
    for await (const item of await open(api, lastId)) {
      lastId = item.id ?? lastId;
      if (item.event === 'heartbeat' && !options.heartbeats) continue;
      const data = event.parse(parseJson(item.data, DEEPEST_CARRIED));
      if (agent !== undefined && data.agent !== agent) continue;
      terminal.out(json ? JSON.stringify({ id: item.id, event: item.event, ...data }) : eventLine(item.event, data));
    }
    terminal.err('the stream ended; connecting again');
    await clock.sleep(RECONNECT_MS);
  }
};

/** One that is not there yet may come: its folder is being copied. */
async function agentOf(word: string, api: ApiClient, terminal: Terminal): Promise<AgentId> {
  const records = await readCrew(api);
  const known = knownAgent(word, records);
  if (known !== null) return known;
  const meant = nearest(word, records);
  terminal.err(`there is no agent "${word}" yet${meant === null ? '' : `; did you mean ${meant}?`}`);
  return toAgentId(word);
}

async function open(api: ApiClient, lastId: string | null): Promise<AsyncIterable<ServerSentEvent>> {
  const headers = { accept: 'text/event-stream', ...(lastId === null ? {} : { 'last-event-id': lastId }) };
  return untilBroken(serverSentEvents(await api.stream('/api/events?messages=true', { headers })));
}

/** A stream that breaks is one that ends: whoever reads connects again, and that fails where there is nobody. */
async function* untilBroken<T>(items: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  while (true) {
    const next = await iterator.next().catch(() => ({ done: true as const, value: undefined }));
    if (next.done) return;
    yield next.value;
  }
}

function eventLine(type: string, data: WireEvent): string {
  const { at = '', agent = '-', inst, hash, version, update, key, ok, state, because, message, content } = data;
  const { problems, warnings } = data;
  const details = [
    inst === undefined ? null : `instance ${inst}`,
    hash === undefined && version === undefined ? null : shortHash(hash ?? version?.hash ?? null),
    state,
    update && `${update.lane} ${update.result}${update.ms === null ? '' : ` in ${milliseconds(update.ms)}`}`,
    key,
    ok === undefined ? null : ok ? 'ok' : 'not ok',
    because ?? update?.because,
    update?.error?.message,
    problems && invalidBecause(problems).because,
    warnings && warnings.length > 0 ? wordsOf(warnings) : null,
    message,
    content,
  ];
  const told = details.filter((part) => part !== null && part !== undefined).join(', ');
  return oneLine(`${localTime(at).slice(11, 19)} ${agent.padEnd(16)} ${type.padEnd(9)} ${told}`.trimEnd());
}

function wordsOf(warnings: NonNullable<WireEvent['warnings']>): string {
  return warnings.map((one) => (typeof one === 'string' ? one : problemText(one))).join('; ');
}
