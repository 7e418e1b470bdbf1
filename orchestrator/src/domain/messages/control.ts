/**
 * What orchestrator and instances say to each other: `ctl:<id>`, `st:<id>:<inst>`, `re:<id>:<inst>` (BUS.md, Channels).
 * Both SDKs speak exactly this; unknown types and fields are ignored.
 */
import * as z from 'zod';
import type { AgentId, InstanceNumber } from '../agent.ts';
import type { SoftPart } from '../version.ts';

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

/**
 * Bounds of what an instance may say. An honest one comes nowhere near them; beyond them the whole message is dropped,
 * unread. What is shown of a heartbeat is cut shorter still (`rollout/instances/heartbeat-bounds.ts`).
 */
const count = z.int().nonnegative();
const gauge = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER);
/** Ids, hashes, nonces, times. */
const mark = z.string().max(200);
const name = z.string().max(1_000);
const words = z.string().max(10_000);
const list = <T extends z.ZodType>(item: T, most = 2_000) => z.array(item).max(most);
/** Entries of a log have 10,000 places (BUS.md, rule 10), and a context what one message holds. */
const MOST_ENTRIES = 20_000;

const common = { inst: z.int().positive(), term: count };
/** Cut, so that a long one still says what failed. */
const failure = z.object({ message: cutAt(2_000), stack: cutAt(16_000).nullish() });

function cutAt(most: number) {
  return z.string().transform((text) => (text.length > most ? `${text.slice(0, most - 1)}…` : text));
}

const taskReport = z.object({
  name,
  state: z.enum(['waiting', 'running', 'backoff', 'done', 'failed', 'cancelled', 'stuck']),
  since: mark,
  error: words.nullish(),
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
    conn: mark,
    runtime: z.enum(['node', 'python']),
    state: z.enum(INSTANCE_STATES),
    hash: mark.nullish(),
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
  z.object({ ...common, type: z.literal('echo'), nonce: mark }),
  z.object({ ...common, type: z.literal('pong'), nonce: mark }),
  z.object({ ...common, type: z.literal('cut_ack'), cut: mark }),
  z.object({ ...common, type: z.literal('cut_refused'), cut: mark, why: words }),
  z.object({ ...common, type: z.literal('active'), cut: mark.nullish() }),
  z.object({ ...common, type: z.literal('drained') }),
  z.object({ ...common, type: z.literal('cancelled') }),
  z.object({ ...common, type: z.literal('abandoned'), ids: list(mark, 200) }),
  z.object({
    ...common,
    type: z.literal('watermark'),
    base: mark,
    low: z.int(),
    done: list(z.int(), MOST_ENTRIES),
    trying: list(z.int(), MOST_ENTRIES),
  }),
  /** For the other instances of the agent alone: what changed in its context, or all of it (design/CONTEXT.md). */
  z.object({
    ...common,
    type: z.literal('context'),
    n: z.int().positive(),
    whole: z.boolean(),
    cut: mark.nullable(),
    set: list(z.tuple([z.string(), z.unknown()]), MOST_ENTRIES),
    gone: list(z.string(), MOST_ENTRIES),
    history: list(historyEntry, MOST_ENTRIES),
    user: name.nullable(),
  }),
  z.object({ ...common, type: z.literal('applied'), hash: mark, error: words.nullish() }),
  z.object({ ...common, type: z.literal('gap'), since: mark, until: mark }),
  z.object({
    ...common,
    type: z.literal('heartbeat'),
    state: z.enum(INSTANCE_STATES),
    hash: mark.nullish(),
    tasks: list(taskReport),
    /** Names of tasks that should run and cannot: only a fresh instance can begin them (BUS.md, rule 11). */
    hindered: list(name).optional(),
    commands: list(name),
    skills: list(z.object({ name, description: words })),
    memory_bytes: gauge,
    /** CPU time of the process since its start, in milliseconds. */
    cpu_ms: gauge,
    lag_ms: gauge,
    held: count,
    dropped: z.record(name, count),
  }),
  z.object({
    ...common,
    type: z.literal('whois'),
    nonce: mark,
    state: z.enum(INSTANCE_STATES),
    owner: z.int().nullable(),
    low: z.int().nullable(),
    held: count,
    conn: mark,
    hash: mark.nullish(),
    verified: z.boolean(),
    window: z.boolean(),
  }),
]);
export type StatusMessage = z.infer<typeof statusMessage>;
