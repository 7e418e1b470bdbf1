/**
 * What agents ask of the services and what they are answered (BUS.md, rule 14): requests on
 * `svc:<service>:<id>:<inst>`, answers of a service on `re:<id>:<inst>:<service>`, of the orchestrator on `re:<id>:<inst>`. Both SDKs speak exactly this; unknown fields are ignored.
 */
import * as z from 'zod';

/** The longest that an asker sends one request again. */
const LONGEST_REQUEST_MS = 10 * 60_000;

/** An answer is kept twice as long, so that a request which comes again finds it. */
export const ANSWERS_KEPT_MS = 2 * LONGEST_REQUEST_MS;

const id = z.string().min(1).max(64);

/** The id of a request is the same whenever the same is asked because of the same message, by whatever instance. */
export const serviceRequest = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('request'),
    id,
    op: z.string().min(1).max(64),
    args: z.record(z.string(), z.unknown()),
    /** How many chunks of which run the asker has got; null where it has none. */
    have: z.object({ run: z.string(), seq: z.int().nonnegative() }).nullish(),
  }),
  /** The asker does not want it any more; what nobody else waits for is given up. */
  z.object({ type: z.literal('cancel'), id }),
]);
export type ServiceRequest = z.infer<typeof serviceRequest>;

/**
 * `run` names one execution: a service that was killed in the middle of a stream begins another, and the asker throws
 * away the chunks of the first. `seq` counts a run's chunks from 0; in a reply it says how many there were.
 */
export type ServiceAnswer =
  | { type: 'chunk'; id: string; run: string; seq: number; data: unknown }
  | { type: 'reply'; id: string; run: string; seq: number; ok: true; result: unknown }
  | { type: 'reply'; id: string; run: string; seq: number; ok: false; error: { code: string; message: string } }
  /** It came again while it is being worked on: it was heard, there is no need to send it often. */
  | { type: 'working'; id: string };

/** Those that answer agents themselves, each on a channel where no other may publish. */
export const SPEAKING_SERVICES = ['memory', 'llm'] as const;

/** Where a service answers. */
export const serviceReplies = (service: string, agent: string, inst: number) => `re:${agent}:${inst}:${service}`;

/** Where the orchestrator alone speaks to one instance. */
export const orchestratorReplies = (agent: string, inst: number) => `re:${agent}:${inst}`;

/**
 * What the services process itself asks of the orchestrator, by the same protocol: it is `system`, which no agent can be
 * called, and its one instance.
 */
export const SERVICES_ASK = 'svc:crew:system:1';
export const SERVICES_HEAR = 're:system:1';

/** What the services tell of one instance that asks for too much. */
export interface OverheardWords {
  agent: string;
  inst: number;
  message: string;
  /** It went on, and is to be ended. */
  ends: boolean;
}
