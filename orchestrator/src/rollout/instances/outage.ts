/**
 * Gaps that no instance can report: when Redis goes away while a window is open, rule 9 ends owner and followers
 * alike, so the session remembers since when nothing could be heard until the next owner acts.
 */
import type { RolloutDeps } from '../deps.ts';
import { type Member, othersOf, type Session } from '../session.ts';

/** Redis went away. Outside a window the owner lives on and reports the gap itself. */
export function beginOutage(session: Session, since: string): void {
  const { owner } = session;
  if (!owner || session.outage || othersOf(session, owner).length === 0) return;
  session.outage = { since, inst: owner.inst };
}

/** What it takes to tell. */
interface Told {
  emit: RolloutDeps['emit'];
  clock: Pick<RolloutDeps['clock'], 'timestamp'>;
}

/** Somebody was heard as the owner: another one than before means that what was sent in between reached nobody. */
export function endOutage(deps: Told, session: Session, owner: Member): void {
  const { outage } = session;
  if (!outage) return;
  session.outage = null;
  if (owner.inst === outage.inst) return;
  deps.emit(session.agent, { type: 'gap', since: outage.since, until: deps.clock.timestamp(), lost: null });
}
