/** The orchestrator as one that asks the services (BUS.md, rule 14): sent again with the same id until it is answered. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { type ErrorCode, HairemError } from '../domain/errors.ts';
import type { Bus, Clock } from '../domain/ports.ts';

export interface Question {
  service: string;
  op: string;
  args: Readonly<Record<string, unknown>>;
  deadlineMs: number;
  signal?: AbortSignal;
}

/** @returns the result. @throws unavailable when nobody answers in time, and what the service throws */
export type AskServices = (question: Question) => Promise<unknown>;

/** Ids are new for each request, so lives of the orchestrator may share a channel. */
const CHANNEL = 're:orchestrator:1';
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

const reply = z.discriminatedUnion('ok', [
  z.object({ type: z.literal('reply'), id: z.string(), ok: z.literal(true), result: z.unknown() }),
  z.object({
    type: z.literal('reply'),
    id: z.string(),
    ok: z.literal(false),
    error: z.object({ code: z.string(), message: z.string() }),
  }),
]);
type Reply = z.infer<typeof reply>;

export function createAskServices({
  bus,
  clock,
}: {
  bus: Pick<Bus, 'publish' | 'onMessage'>;
  clock: Clock;
}): AskServices {
  const waiting = new Map<string, (answer: Reply) => void>();
  bus.onMessage((channel, text) => {
    if (channel !== CHANNEL) return;
    const answer = parse(text);
    if (answer) waiting.get(answer.id)?.(answer);
  });
  return async ({ service, op, args, deadlineMs, signal }) => {
    const id = randomUUID();
    const over = new AbortController();
    const until = signal ? AbortSignal.any([over.signal, signal]) : over.signal;
    const answered = new Promise<Reply>((resolve) => waiting.set(id, resolve));
    const send = () => bus.publish(`svc:${service}:orchestrator:1`, { type: 'request', id, op, args, have: null });
    try {
      sendAgain(send, { clock, signal: until });
      return resultOf(await Promise.race([answered, tooLate({ clock, deadlineMs, signal: until })]));
    } finally {
      waiting.delete(id);
      over.abort();
    }
  };
}

interface Waiting {
  clock: Clock;
  signal: AbortSignal;
}

/** Never rejects: a bus that is away comes back. */
async function sendAgain(send: () => Promise<void>, { clock, signal }: Waiting): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    await send().catch(() => {});
    await clock.sleep(pause, signal).catch(() => {});
  }
}

async function tooLate({ clock, deadlineMs, signal }: Waiting & { deadlineMs: number }): Promise<never> {
  await clock.sleep(deadlineMs, signal);
  throw new HairemError('unavailable', 'the services do not answer; is the container `services` running?');
}

function resultOf(answer: Reply): unknown {
  if (answer.ok) return answer.result;
  const { code, message } = answer.error;
  throw new HairemError(KNOWN.has(code) ? (code as ErrorCode) : 'unavailable', message);
}

const KNOWN: ReadonlySet<string> = new Set<ErrorCode>(['bad_request', 'busy', 'timeout', 'too_large', 'unavailable']);

function parse(text: string): Reply | null {
  try {
    const parsed = reply.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
