/** What the state machine in follower.ts keeps: the log of held messages, and its place in the hand-over. */
import type { Message } from '../message.ts';

export type Phase = 'CONNECTED' | 'STANDBY' | 'ACTIVE' | 'DRAINING' | 'SPARE' | 'GONE';

/** One message that was accepted and is not known to be finished, whoever owns it. */
export interface Entry {
  readonly ordinal: number;
  readonly sender: string;
  readonly message: Message;
  readonly isBroadcast: boolean;
  readonly bytes: number;
  /** The instance that runs it; null if nobody will. */
  owner: number | null;
  /** Index of the base at which its owner got it. */
  since: number;
  running: boolean;
  /** True once it was handed over: what its handler says may have been said before. */
  redelivered: boolean;
  /** True if its owner said, since the last hand-over, that it begins to run it. */
  tried: boolean;
  /** Deaths at which it may have been in flight. */
  deaths: number;
}

/** A point in the stream that all instances hear: a mark, a cut or an adopt. */
export interface Base {
  readonly ordinal: number;
  readonly index: number;
}

export interface Limits {
  readonly entries: number;
  readonly bytes: number;
}

/** Written by the rules alone, in place: a copy per message would cost more than the message. */
export interface FollowerState {
  readonly agent: string;
  readonly inst: number;
  readonly limits: Limits;
  /** The nonce of the present connection. */
  conn: string;
  phase: Phase;
  term: number;
  owner: number | null;
  lastCut: string | null;
  marked: boolean;
  setupDone: boolean;
  /** It has said so. */
  prepared: boolean;
  verified: boolean;
  /** A mark or cut was heard in which others take part, and no `retire` has closed it since (rule 9). */
  windowOpen: boolean;
  /** False once this instance may miss something: it then refuses every cut to itself. */
  fit: boolean;
  /** Told to stop: it exits where it would be drained. */
  stopping: boolean;
  /** Cancelled at the drain deadline: it waits for `retire`. */
  cancelled: boolean;
  /** The connection was lost outside a window: nothing starts until `resume`. */
  held: { since: string; until: string | null; ordinal: number } | null;
  /** Owners of entries from before the first mark that may be unfinished, with the base from which their word counts. */
  readonly waitsFor: Map<number, number>;
  /** Instances that stopped their handlers and said so: handing over from them is no death. */
  readonly stoodDown: Set<number>;
  tasks: { epoch: number; stopped: boolean };
  /** Of the newest delivery; 0 is the first mark. */
  ordinal: number;
  readonly bases: Map<string, Base>;
  base: string | null;
  /** Index of the newest base. */
  index: number;
  log: LogBook;
  /** What the last watermark said, and what has finished since. */
  told: { base: string | null; low: number; done: number[] };
}

/** The unfinished entries, and the ways in which they are looked up; kept in step by log-book.ts. */
export interface LogBook {
  /** By ordinal, oldest first. */
  readonly all: Map<number, Entry>;
  /** Mine, by ordinal, oldest first. */
  readonly own: Map<number, Entry>;
  /** By sender, oldest first. */
  readonly lanes: Map<string, Entry[]>;
  /** How many entries bear this message id. */
  readonly ids: Map<string, number>;
  /** Mine that run. */
  readonly running: Set<Entry>;
  /** Mine that were tried at two deaths: each runs alone. */
  readonly suspects: Set<Entry>;
  bytes: number;
}
