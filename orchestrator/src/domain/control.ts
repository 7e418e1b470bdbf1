/**
 * What orchestrator and instances say to each other: `ctl:<id>`, `st:<id>:<inst>`, `re:<id>:<inst>` (BUS.md, Channels).
 * Both SDKs speak exactly this; unknown types and fields are ignored.
 */
import * as z from 'zod';
import type { AgentId, InstanceNumber } from './agent.ts';
import type { SoftPart } from './version.ts';

/** The states of one instance; drawn in BUS.md. */
export const INSTANCE_STATES = ['CREATED', 'CONNECTED', 'STANDBY', 'ACTIVE', 'DRAINING', 'SPARE', 'GONE'] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];

/** Said on `ctl:<id>`, heard by every instance of the agent. `inst` names the one that is meant. */
export type ControlMessage =
  /** Opens a window: until `retire` closes it a lost connection is death. */
  | { type: 'mark'; id: string; owner: InstanceNumber }
  | {
      type: 'cut';
      id: string;
      term: number;
      to: InstanceNumber;
      adopt: InstanceNumber[];
      conns: Record<string, string>;
    }
  | { type: 'adopt'; id: string; to: InstanceNumber; from: InstanceNumber[] }
  | { type: 'cancel'; inst: InstanceNumber }
  /** After a lost connection outside a window: go on as `owner` says. */
  | { type: 'resume'; inst: InstanceNumber; term: number; owner: InstanceNumber }
  /** Tells a candidate that it was verified, so that it is known after a crash of the orchestrator. */
  | { type: 'verified'; inst: InstanceNumber }
  | { type: 'config_update'; inst: InstanceNumber; hash: string; soft: SoftPart }
  /** `inst` goes; the others learn whether a window is still open. */
  | { type: 'retire'; inst: InstanceNumber; window: 'open' | 'closed' }
  /** End in order: tasks cancelled, all it owns finished, teardown, exit 0. */
  | { type: 'stop'; inst: InstanceNumber }
  /** Handlers that have worked for so long are given up: a person wants this instance replaced. */
  | { type: 'give_up'; inst: InstanceNumber; seconds: number }
  | { type: 'whois'; nonce: string }
  | { type: 'ping'; inst: InstanceNumber; nonce: string };

/** Said on `re:<id>:<inst>` after `hello`. */
export interface Welcome {
  type: 'welcome';
  id: AgentId;
  inst: InstanceNumber;
  hash: string;
  soft: SoftPart;
  secrets: Record<string, string>;
  drain_seconds: number;
}

const common = { inst: z.int().positive(), term: z.int().nonnegative() };
const failure = z.object({ message: z.string(), stack: z.string().nullish() });

const taskReport = z.object({
  name: z.string(),
  state: z.enum(['waiting', 'running', 'backoff', 'done', 'failed', 'cancelled', 'stuck']),
  since: z.string(),
  error: z.string().nullish(),
});
export type TaskReport = z.infer<typeof taskReport>;

const historyEntry = z.object({
  id: z.string(),
  role: z.string(),
  text: z.string(),
  who: z.string(),
  when: z.string(),
});

/** Said on `st:<id>:<inst>` by that instance. `inst` and `term` are the speaker's own. */
export const statusMessage = z.discriminatedUnion('type', [
  z.object({
    ...common,
    type: z.literal('hello'),
    conn: z.string(),
    runtime: z.enum(['node', 'python']),
    state: z.enum(INSTANCE_STATES),
    hash: z.string().nullish(),
  }),
  z.object({
    ...common,
    type: z.literal('failed'),
    phase: z.enum(['load', 'setup', 'self_test', 'start']),
    error: failure,
  }),
  /** Its own part is done: it is marked, and setup() has returned (BUS.md, rule 5). */
  z.object({ ...common, type: z.literal('prepared') }),
  z.object({ ...common, type: z.literal('standby') }),
  z.object({ ...common, type: z.literal('echo'), nonce: z.string() }),
  z.object({ ...common, type: z.literal('pong'), nonce: z.string() }),
  z.object({ ...common, type: z.literal('cut_ack'), cut: z.string() }),
  z.object({ ...common, type: z.literal('cut_refused'), cut: z.string(), why: z.string() }),
  z.object({ ...common, type: z.literal('active'), cut: z.string().nullish() }),
  z.object({ ...common, type: z.literal('drained') }),
  z.object({ ...common, type: z.literal('cancelled') }),
  z.object({ ...common, type: z.literal('abandoned'), ids: z.array(z.string()) }),
  z.object({
    ...common,
    type: z.literal('watermark'),
    base: z.string(),
    low: z.int(),
    done: z.array(z.int()),
    trying: z.array(z.int()),
  }),
  /** For the other instances of the agent alone: what changed in its context, or all of it (DESIGN.md). */
  z.object({
    ...common,
    type: z.literal('context'),
    n: z.int().positive(),
    whole: z.boolean(),
    cut: z.string().nullable(),
    set: z.array(z.tuple([z.string(), z.unknown()])),
    gone: z.array(z.string()),
    history: z.array(historyEntry),
    user: z.string().nullable(),
  }),
  z.object({ ...common, type: z.literal('applied'), hash: z.string(), error: z.string().nullish() }),
  z.object({ ...common, type: z.literal('gap'), since: z.string(), until: z.string() }),
  z.object({
    ...common,
    type: z.literal('heartbeat'),
    state: z.enum(INSTANCE_STATES),
    hash: z.string().nullish(),
    tasks: z.array(taskReport),
    /** Names of tasks that should run and cannot: only a fresh instance can begin them (BUS.md, rule 11). */
    hindered: z.array(z.string()).optional(),
    commands: z.array(z.string()),
    skills: z.array(z.object({ name: z.string(), description: z.string() })),
    memory_bytes: z.number(),
    /** CPU time of the process since its start, in milliseconds. */
    cpu_ms: z.number(),
    lag_ms: z.number(),
    held: z.int(),
    dropped: z.record(z.string(), z.int()),
  }),
  z.object({
    ...common,
    type: z.literal('whois'),
    nonce: z.string(),
    state: z.enum(INSTANCE_STATES),
    owner: z.int().nullable(),
    low: z.int().nullable(),
    held: z.int(),
    conn: z.string(),
    hash: z.string().nullish(),
    verified: z.boolean(),
    window: z.boolean(),
  }),
]);
export type StatusMessage = z.infer<typeof statusMessage>;
