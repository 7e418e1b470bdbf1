/** What a service can do: its operations by name, each with the schema of its arguments. */
import * as z from 'zod';
import type { AgentId, InstanceNumber } from '../domain/agent.ts';
import { HairemError } from '../domain/errors/errors.ts';

/** One request while it is worked on. Who asks is proven by the channel, which only that instance may publish on. */
export interface Call {
  readonly agent: AgentId;
  readonly inst: InstanceNumber;
  /** The same when the same is asked again: what has an effect uses it to have it once. */
  readonly id: string;
  /** Aborts when nobody waits for it any more, or the process ends. */
  readonly signal: AbortSignal;
  /** Sends one piece of a streamed answer: any JSON value. The reply must not depend on them being heard. */
  emit(data: unknown): void;
  /** What was emitted is void, and comes anew. */
  restart(): void;
}

export interface Operation {
  /**
   * True where doing it again costs money or harm and the operation itself cannot tell: its answer is written down
   * before it is sent, so that a services process that was killed answers from there.
   */
  readonly journal: boolean;
  /** Resolves with any JSON value. @throws HairemError, whose code and message the asker gets */
  run(args: Readonly<Record<string, unknown>>, call: Call): Promise<unknown>;
}

export interface Service {
  /** The second part of its channels: `svc:<name>:<id>:<inst>`. */
  readonly name: string;
  readonly operations: Readonly<Record<string, Operation>>;
  /** Its arguments may hold whole numbers that no double holds, as bigints (BUS.md, Numbers). */
  readonly keepsIntegers?: true;
  /** How many requests of one agent are worked on at the same time; the others wait in order. */
  readonly perAgent: number;
}

interface Definition<Args> {
  args: z.ZodType<Args>;
  journal?: boolean;
  run(args: Args, call: Call): Promise<unknown>;
}

/** An operation that gets its arguments checked. Its `run` throws bad_request for arguments that do not fit. */
export function operation<Args>({ args: schema, journal = false, run }: Definition<Args>): Operation {
  return {
    journal,
    async run(args, call) {
      const parsed = schema.safeParse(args);
      if (!parsed.success) throw new HairemError('bad_request', z.prettifyError(parsed.error));
      return run(parsed.data, call);
    },
  };
}
