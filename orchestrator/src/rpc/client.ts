/**
 * The asking side of rule 14 (BUS.md) for our own processes: the orchestrator asks the services, and they ask it. A
 * request is sent again with the same id until it is answered.
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { inTime } from '../async/deadline.ts';
import { type ErrorCode, HairemError } from '../domain/errors/errors.ts';
import type { Bus, Timers } from '../domain/ports/ports.ts';
import { DEEPEST_CARRIED, readJson } from '../domain/text/json-text.ts';

export interface Question {
  /** `svc:<service>:<who asks>:<inst>`. */
  channel: string;
  op: string;
  args: Readonly<Record<string, unknown>>;
  deadlineMs: number;
  signal?: AbortSignal;
}

export interface RpcClient {
  /** @returns the result. @throws unavailable when nobody answers in time, and what the other side throws */
  ask(question: Question): Promise<unknown>;
  /** Gives a text of the channel on which this asker is answered; what is no reply is left alone. */
  take(text: string): void;
}

export interface RpcClientOptions {
  bus: Pick<Bus, 'publish'>;
  clock: Timers;
  /** What is said of no answer, and what to do then. */
  silence: string;
}

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

export function createRpcClient({ bus, clock, silence }: RpcClientOptions): RpcClient {
  const waiting = new Map<string, (answer: Reply) => void>();
  return {
    async ask({ channel, op, args, deadlineMs, signal }) {
      signal?.throwIfAborted();
      const id = randomUUID();
      const answered = new Promise<Reply>((resolve) => waiting.set(id, resolve));
      const late = () => new HairemError('unavailable', silence);
      const end = sendAgain(() => bus.publish(channel, { type: 'request', id, op, args, have: null }), clock);
      try {
        return resultOf(await inTime(answered, { clock, ms: deadlineMs, late, signal }));
      } finally {
        waiting.delete(id);
        end();
      }
    },
    take(text) {
      const answer = parse(text);
      if (answer) waiting.get(answer.id)?.(answer);
    },
  };
}

/** Never rejects: a bus that is away comes back. @returns what ends it */
function sendAgain(send: () => Promise<unknown>, clock: Timers): () => void {
  let pause = FIRST_PAUSE_MS;
  let isOver = false;
  let callOff = () => {};
  const next = async () => {
    await send().catch(() => {});
    if (isOver) return;
    callOff = clock.after(pause, next);
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  };
  void next();
  return () => {
    isOver = true;
    callOff();
  };
}

function resultOf(answer: Reply): unknown {
  if (answer.ok) return answer.result;
  const { code, message } = answer.error;
  throw new HairemError(KNOWN.has(code) ? (code as ErrorCode) : 'unavailable', message);
}

/** What else the other side may say is its own business: to whoever asks it is not to be had. */
const KNOWN: ReadonlySet<string> = new Set<ErrorCode>([
  'bad_request',
  'busy',
  'not_found',
  'timeout',
  'too_large',
  'unavailable',
]);

/** Redis lets one user alone publish there. */
function parse(text: string): Reply | null {
  const parsed = reply.safeParse(readJson(text, DEEPEST_CARRIED));
  return parsed.success ? parsed.data : null;
}
