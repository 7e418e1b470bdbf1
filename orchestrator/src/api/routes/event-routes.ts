/** GET /api/events: what happens to the crew, as it happens, resumable; on request also what it says to the user. */
import * as z from 'zod';
import type { RegistryEvent } from '../../domain/event.ts';
import type { CrewControl, Registry } from '../../domain/ports/agents-control.ts';
import type { ServerDeps } from '../deps.ts';
import { flag } from '../query-boolean.ts';
import { type Route, route } from '../route.ts';
import { createEventQueue } from '../stream/event-queue.ts';
import { SSE } from '../stream/frames.ts';
import { sendStream } from '../stream/stream.ts';
import { wireEvent } from '../stream/wire-event.ts';
import { wireMessage } from '../stream/wire-message.ts';

/** A reader this far behind is dropped; it resumes from its last id. */
const LONGEST_QUEUE = 2000;

const resume = z.strictObject({
  last_event_id: z.coerce.number().int().optional().describe('Where the header Last-Event-ID cannot be set'),
  messages: flag.default(false).describe('Also `event: message`: what is said to the user or to all; without ids'),
});

type Needed = Pick<ServerDeps, 'registry' | 'control' | 'clock' | 'log'> & { ended(): AbortSignal };

export function eventRoutes({ registry, control, clock, log, ended }: Needed): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/events',
      summary: 'Registry events. `event: reset` says that the id is too old: read the list again',
      query: resume,
      answers: [{ status: 200, description: 'Server-sent events', content: { [SSE.mediaType]: null } }],
      problems: ['bad_request'],
      handle({ query, request, reply }) {
        const header = request.headers['last-event-id'];
        const lastId = header === undefined ? query.last_event_id : Number(header);
        const start = (signal: AbortSignal, drop: () => void) => {
          const onOverflow = () => {
            log.warn('dropped a slow reader of events', { reader: request.ip });
            drop();
          };
          return frames({ registry, control: query.messages ? control : null, lastId, signal, onOverflow });
        };
        return sendStream(reply, start, { clock, closing: ended(), frames: SSE });
      },
    }),
  ];
}

type Item = { id: number; event: RegistryEvent } | { said: object };

interface Reading {
  registry: Registry;
  /** Null where messages are not asked for. */
  control: CrewControl | null;
  lastId: number | undefined;
  signal: AbortSignal;
  onOverflow(): void;
}

/** Subscribes at once, not at the first pull: nothing happens between the past that it reads and the queue. */
function frames({ registry, control, lastId, signal, onOverflow }: Reading): AsyncIterable<string> {
  const past = lastId === undefined ? [] : registry.since(lastId);
  const queue = createEventQueue<Item>({ limit: LONGEST_QUEUE, onOverflow });
  const leave = registry.subscribe((id, event) => queue.push({ id, event }));
  const leaveMessages = control?.onUserMessage((message) => {
    const said = wireMessage(message);
    if (said) queue.push({ said });
  });
  const end = () => {
    leave();
    leaveMessages?.();
    queue.end();
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return framesOf(past, queue.events());
}

async function* framesOf(past: readonly Item[] | null, live: AsyncIterable<Item>): AsyncIterable<string> {
  if (past === null)
    yield SSE.item({ event: 'reset', data: { why: 'that id is no longer kept: read /api/agents again' } });
  for (const item of past ?? []) yield frameOf(item);
  for await (const item of live) yield frameOf(item);
}

function frameOf(item: Item): string {
  if ('said' in item) return SSE.item({ event: 'message', data: item.said });
  return SSE.item({ id: item.id, event: item.event.type, data: wireEvent(item.event) });
}
