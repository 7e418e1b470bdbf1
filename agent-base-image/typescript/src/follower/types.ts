/** The words of the state machine in follower.ts: its events, its actions, and the state that it keeps. */
import type { Message } from '../message.ts';

export type Phase = 'CONNECTED' | 'STANDBY' | 'ACTIVE' | 'DRAINING' | 'SPARE' | 'GONE';

/** Heard on `ctl:<id>`, in the order of the one connection. */
export type ControlEvent =
  | { type: 'mark'; id: string; owner: number }
  | {
      type: 'cut';
      id: string;
      term: number;
      to: number;
      adopt: readonly number[];
      conns: Readonly<Record<string, string>>;
    }
  | { type: 'adopt'; id: string; to: number; from: readonly number[] }
  | { type: 'cancel'; inst: number }
  | { type: 'resume'; inst: number; term: number; owner: number }
  | { type: 'verified'; inst: number }
  | { type: 'retire'; inst: number; window: 'open' | 'closed' }
  | { type: 'stop'; inst: number };

/** Heard on `st:<id>:<inst>` from another instance of this agent. */
export type PeerEvent =
  | {
      type: 'watermark';
      inst: number;
      base: string;
      low: number;
      done: readonly number[];
      trying: readonly number[];
    }
  | { type: 'cancelled'; inst: number };

export type FollowerEvent =
  | ControlEvent
  | PeerEvent
  /** One raw message of an inbox or broadcast pattern, before anything has looked at it. */
  | { type: 'delivered'; channel: string; text: string }
  /** `setup()` and the self-test have passed. */
  | { type: 'setup_done' }
  /** The handler has settled and its publishes are acknowledged. */
  | { type: 'finished'; ordinal: number }
  /** All tasks of the `stop_tasks` with this number have ended, or are muted. */
  | { type: 'tasks_stopped'; epoch: number }
  | { type: 'tick' }
  /** The connection is gone. `at` is a timestamp for people. */
  | { type: 'lost'; at: string }
  /** Connected and subscribed again, on the connection `conn`. */
  | { type: 'reconnected'; conn: string; at: string };

/** What an instance says of itself on `st:<id>:<inst>`; the runtime adds `inst` and `term`. */
export type Saying =
  /** Its own part is done; what `standby` still waits for is the owner's (rule 5). */
  | { type: 'prepared' }
  | { type: 'standby' }
  | { type: 'echo'; nonce: string }
  | { type: 'cut_ack'; cut: string }
  | { type: 'cut_refused'; cut: string; why: string }
  | { type: 'active'; cut: string }
  | { type: 'drained' }
  | { type: 'cancelled' }
  | { type: 'abandoned'; ids: readonly string[] }
  | { type: 'watermark'; base: string; low: number; done: readonly number[]; trying: readonly number[] }
  | { type: 'gap'; since: string; until: string };

export type Action =
  | { do: 'say'; message: Saying }
  /** A redelivered entry starts when every earlier `say` is acknowledged (rule 12). */
  | { do: 'run'; entry: Entry }
  | { do: 'cancel'; ordinal: number }
  /** The answer to an `ask` of this instance. */
  | { do: 'reply'; correlation: string; message: Message }
  | { do: 'start_tasks' }
  | { do: 'stop_tasks'; epoch: number }
  /** Feed `tick` within 3 ms. */
  | { do: 'tick_soon' }
  /** Counted by its ordinal, and by its reason. */
  | { do: 'drop'; why: DropReason }
  | { do: 'exit'; why: string; code: number };

export type DropReason = 'channel' | 'unreadable' | 'envelope' | 'sender' | 'echo';

/** Exit codes of the process. */
export const EXIT = {
  /** Told to go: retired or stopped. */
  told: 0,
  /** Setup, self-test or the process itself failed. */
  failed: 1,
  /** The connection was lost while a window was open (rule 9). */
  lost: 3,
  /** A follower's log grew over its bound (rule 10). */
  overflow: 4,
  /** Redis refuses this instance's user. */
  refused: 5,
} as const;

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
