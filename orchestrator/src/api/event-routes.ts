/** GET /api/events: what happens to the crew, as it happens, resumable. */
import * as z from 'zod';
import type { Registry } from '../domain/crew-control.ts';
import type { ServerDeps } from './deps.ts';
import type { NumberedEvent } from './event-queue.ts';
import { createEventQueue } from './event-queue.ts';
import { SSE } from './frames.ts';
import { type Route, route } from './route.ts';
import { sendStream } from './stream.ts';
import { wireEvent } from './wire-event.ts';

/** A reader this far behind is dropped; it resumes from its last id. */
const LONGEST_QUEUE = 2000;

const resume = z.strictObject({
  last_event_id: z.coerce.number().int().optional().describe('Where the header Last-Event-ID cannot be set'),
});

type Needed = Pick<ServerDeps, 'registry' | 'clock' | 'log'> & { closing: AbortSignal };

export function eventRoutes({ registry, clock, log, closing }: Needed): readonly Route[] {
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
          return frames({ registry, lastId, signal, onOverflow });
        };
        return sendStream(reply, start, { clock, closing, frames: SSE });
      },
    }),
  ];
}

interface Reading {
  registry: Registry;
  lastId: number | undefined;
  signal: AbortSignal;
  onOverflow(): void;
}

/** Subscribes at once, not at the first pull: nothing happens between the past that it reads and the queue. */
function frames({ registry, lastId, signal, onOverflow }: Reading): AsyncIterable<string> {
  const past = lastId === undefined ? [] : registry.since(lastId);
  const queue = createEventQueue({ limit: LONGEST_QUEUE, onOverflow });
  const leave = registry.subscribe((id, event) => queue.push({ id, event }));
  const end = () => {
    leave();
    queue.end();
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return framesOf(past, queue.events());
}

async function* framesOf(
  past: readonly NumberedEvent[] | null,
  live: AsyncIterable<NumberedEvent>,
): AsyncIterable<string> {
  if (past === null)
    yield SSE.item({ event: 'reset', data: { why: 'that id is no longer kept: read /api/agents again' } });
  for (const numbered of past ?? []) yield frameOf(numbered);
  for await (const numbered of live) yield frameOf(numbered);
}

function frameOf({ id, event }: NumberedEvent): string {
  return SSE.item({ id, event: event.type, data: wireEvent(event) });
}
