/** What an instance says when it is asked who it is (BUS.md, rule 16), and in its heartbeat. */
import { isWindowOpen } from './follower.ts';
import type { FollowerState } from './state.ts';

export function report(state: FollowerState) {
  const zero = state.base === null ? null : state.bases.get(state.base);
  const oldest = state.log.all.keys().next().value ?? state.ordinal + 1;
  return {
    state: state.phase,
    owner: state.owner,
    /** All up to here are finished, counted from the newest base; null before the first mark. */
    low: zero ? oldest - 1 - zero.ordinal : null,
    /** Unfinished entries, whoever owns them. */
    held: state.log.all.size,
    conn: state.conn,
    verified: state.verified,
    window: isWindowOpen(state),
  };
}
