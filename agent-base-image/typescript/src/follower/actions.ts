/** What the state machine in follower.ts wants done, and what it says. */
import type { Message } from '../message.ts';
import type { Entry } from './state.ts';

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

export type DropReason = 'channel' | 'unreadable' | 'envelope' | 'sender' | 'echo' | 'flood';

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
