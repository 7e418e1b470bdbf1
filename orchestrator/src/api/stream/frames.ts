/** How streamed items are written: server-sent events, or one JSON object a line. */
import type { IncomingHttpHeaders } from 'node:http';

export interface Frames {
  mediaType: string;
  item(item: { id?: number; event: string; data: unknown }): string;
  /** Sent at once, so that the client has the headers before the first item; empty where it would be a stray line. */
  opening: string;
  /** Keeps proxies and clients from taking a quiet stream for a dead one. */
  keepAlive: string;
}

export const SSE: Frames = {
  mediaType: 'text/event-stream',
  item: ({ id, event, data }) =>
    `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
  opening: ': open\n\n',
  keepAlive: ': keep-alive\n\n',
};

export const NDJSON: Frames = {
  mediaType: 'application/x-ndjson',
  item: ({ data }) => `${JSON.stringify(data)}\n`,
  opening: '',
  keepAlive: '\n',
};

export function framesFor({ accept }: IncomingHttpHeaders): Frames {
  return accept?.includes(SSE.mediaType) === true ? SSE : NDJSON;
}
