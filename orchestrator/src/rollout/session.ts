/** One living instance as the hand-over knows it, and the session of one agent that holds them. */
import type { AgentId, InstanceNumber } from '../domain/agent.ts';
import type { Lane, UpdateReport } from '../domain/agent-record.ts';
import type { InstanceState } from '../domain/messages/control.ts';
import type { StoredAgent } from '../domain/stored-agent.ts';
import type { Version } from '../domain/version.ts';
import type { LiveAgent } from '../plan/agent-view.ts';

/**
 * What an instance is to its agent:
 *
 *   candidate ──cut to it──► owner ──cut to another──► draining ──drained──► spare ──retire──► leaving
 *       │                     ▲  ▲                         │ (deadline: cancelled, leaving)    ▲
 *       └── rejected ─► leaving  └────────── revert ───────┴───────────────────────┘ ──────────┘
 */
export type Role = 'candidate' | 'owner' | 'draining' | 'spare' | 'leaving';

export interface Member {
  readonly agent: AgentId;
  readonly inst: InstanceNumber;
  readonly user: string;
  containerId: string;
  containerName: string;
  image: string;
  startedAt: string | null;
  /** Null when an earlier orchestrator started it from a version that is not known any more. */
  version: Version | null;
  /** The version hash that it acknowledged last. */
  hash: string | null;
  imageHash: string;
  specHash: string;
  /** Of the secrets that it has; empty for none. */
  secretsHash: string;
  passwordSha256: string;
  /** The nonce of its one connection (BUS.md, rule 6). */
  conn: string;
  role: Role;
  state: InstanceState;
  /** Complete: it could take over at once (rule 5). */
  complete: boolean;
  /** Aborts with a HairemError once it is dead, whatever noticed it. */
  gone: AbortController;
  /** The engine said that a process of it was killed for want of memory. */
  oomKilled: boolean;
  /** Monotonic time of the last word heard from it. */
  heardAt: number;
  /** What its last watermark said, and the monotonic time at which that rose: so long at least its oldest handler works. */
  low: { base: string; low: number } | null;
  worksSince: number;
  /** Names, as it said last: what it should run and cannot (rule 11), and what goes on although it was cancelled. */
  tasks: { hindered: readonly string[]; stuck: readonly string[] };
  /** What of its last heartbeat was too long to be shown. */
  cutFields: string;
  /** Events of its own making since a moment. */
  facts: { since: number; count: number };
}

/** What is known of one from its start, or from its container. */
type Known = Omit<
  Member,
  | 'conn'
  | 'role'
  | 'oomKilled'
  | 'complete'
  | 'gone'
  | 'heardAt'
  | 'low'
  | 'worksSince'
  | 'tasks'
  | 'cutFields'
  | 'facts'
>;

/** @param now monotonic */
export function newMember(now: number, known: Known): Member {
  return {
    ...known,
    conn: '',
    role: 'candidate',
    complete: false,
    oomKilled: false,
    gone: new AbortController(),
    heardAt: now,
    low: null,
    worksSince: now,
    tasks: { hindered: [], stuck: [] },
    cutFields: '',
    facts: { since: now, count: 0 },
  };
}

/** An update under way; whoever learns its end first finishes it. */
export interface OpenUpdate {
  lane: Lane;
  because: string;
  from: string | null;
  to: string;
  /** Monotonic time at which the change was seen. */
  seenAt: number;
  /** From the change being seen to ACTIVE; null until then. */
  ms: number | null;
  /** RFC 3339: since when the handler works that it waits for; null when it waits for none. */
  waitsSince: string | null;
  cutMs: number | null;
  at: string;
}

export interface Session {
  readonly agent: AgentId;
  stored: StoredAgent;
  members: Map<InstanceNumber, Member>;
  owner: Member | null;
  spare: Member | null;
  windowEnds: number | null;
  update: OpenUpdate | null;
  lastUpdate: UpdateReport | null;
  refusedHash: string | null;
  /** Its update waits for handlers of the owner, and may be given up for what is wanted by now. */
  waitsForHandlers: boolean;
  /** Monotonic time since when a person waits for a restart that is under way: handlers then get the drain time alone. */
  hurrySince: number | null;
  /** The bus went away while a window was open: rule 9 ends all instances, and none is left that could report it. */
  outage: { since: string; inst: InstanceNumber } | null;
  /** Grows whenever members come or go: a look at the engine from before is no base for a plan. */
  epoch: number;
}

export function newSession(agent: AgentId, stored: StoredAgent): Session {
  return {
    agent,
    stored,
    members: new Map(),
    owner: null,
    spare: null,
    windowEnds: null,
    update: null,
    lastUpdate: null,
    refusedHash: null,
    waitsForHandlers: false,
    hurrySince: null,
    outage: null,
    epoch: 0,
  };
}

/** The session as the planner reads it. */
export function liveOf(session: Session): LiveAgent {
  const { owner, spare, windowEnds, members, refusedHash } = session;
  return {
    owner: owner && {
      inst: owner.inst,
      hash: owner.hash,
      imageHash: owner.imageHash,
      specHash: owner.specHash,
      secretsHash: owner.secretsHash,
      refusedHash,
      hindered: owner.tasks.hindered,
    },
    spare: spare?.inst ?? null,
    windowEnds,
    known: new Set(members.keys()),
  };
}

/** Members beside this one; a window is open while there are any. */
export const othersOf = (session: Session, member: Member) =>
  [...session.members.values()].filter((other) => other !== member && other.role !== 'leaving');
