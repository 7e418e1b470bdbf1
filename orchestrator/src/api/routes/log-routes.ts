/** GET /api/agents/:id/logs: what an agent and its build wrote, as plain text lines, on request as it comes. */
import * as z from 'zod';
import { asHairemError } from '../../domain/errors/errors.ts';
import type { LogLine } from '../../domain/ports/ports.ts';
import { recordOf, type ServerDeps } from '../deps.ts';
import { printable } from '../printable.ts';
import { problemDocument, problemOf } from '../problems.ts';
import { flag } from '../query-boolean.ts';
import { type Route, route } from '../route.ts';
import { type Frames, framesFor, NDJSON, SSE } from '../stream/frames.ts';
import { sendStream } from '../stream/stream.ts';
import { paced } from '../stream/throttled.ts';

const MOST_LINES = 10_000;
/** More than a person reads. Each line is searched for secrets: an agent that floods its log must not keep us busy. */
const LINES_PER_SECOND = 1_000;

const query = z.strictObject({
  follow: flag.default(false),
  tail: z.coerce.number().int().min(0).max(MOST_LINES).default(200).describe('Lines from the end'),
  since: z
    .union([
      z.iso.datetime({ offset: true }).transform((text) => Date.parse(text) / 1000),
      z.coerce.number().nonnegative(),
    ])
    .optional()
    .describe('RFC 3339, or seconds since 1970'),
});

const logLine = z.object({
  at: z.string().nullable(),
  stream: z.enum(['stdout', 'stderr', 'build']),
  text: z.string(),
});
const line = z.union([logLine, z.object({ problem: problemDocument })]);

type Needed = Pick<ServerDeps, 'registry' | 'control' | 'clock'> & { ended(): AbortSignal };

export function logRoutes({ registry, control, clock, ended }: Needed): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/agents/:id/logs',
      summary:
        'Log lines, oldest first; of an agent that floods its log at most a thousand a second. A last line with `problem` says why the log ended early',
      query,
      answers: [
        {
          status: 200,
          description: 'By the Accept header',
          content: { [NDJSON.mediaType]: line, [SSE.mediaType]: null },
        },
      ],
      problems: ['bad_request', 'not_found'],
      handle({ id, query: { follow, tail, since }, request, reply }) {
        const agent = recordOf(registry, id).id;
        const frames = framesFor(request.headers);
        const start = (signal: AbortSignal) => {
          const lines = control.logs(agent, { follow, tail, signal, ...(since === undefined ? {} : { since }) });
          const pace = { burst: Math.max(tail, LINES_PER_SECOND), perSecond: LINES_PER_SECOND };
          return written(paced(lines, { ...pace, clock, signal }), frames);
        };
        return sendStream(reply, start, { clock, closing: ended(), frames });
      },
    }),
  ];
}

/** The status is sent by the time a log breaks off, so the reason is its last line. */
async function* written(lines: AsyncIterable<LogLine>, frames: Frames): AsyncIterable<string> {
  try {
    for await (const { at, stream, text } of lines)
      yield frames.item({ event: 'line', data: { at, stream, text: printable(text) } });
  } catch (thrown) {
    yield frames.item({ event: 'problem', data: { problem: problemOf(asHairemError(thrown)) } });
  }
}
