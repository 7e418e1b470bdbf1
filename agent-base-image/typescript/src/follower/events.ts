/** What the state machine in follower.ts is told. */

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
  /**
   * One raw message of an inbox or broadcast pattern, before anything has looked at it. Its text is null where its
   * speaker says more than is heard of one: it is counted like any other.
   */
  | { type: 'delivered'; channel: string; text: string | null }
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
