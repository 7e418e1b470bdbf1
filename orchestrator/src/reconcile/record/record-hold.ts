/** A version that waits for a person's word: said once, as a warning and as the update that it would be. */
import type { UpdateReport } from '../../domain/agent-record.ts';
import type { AgentFact } from '../../domain/event.ts';
import type { Hold } from '../../domain/trust.ts';
import type { Version } from '../../domain/version.ts';
import type { Actor } from '../agent-worker.ts';

export interface NoteHold {
  /** RFC 3339. */
  at: string;
  emit(fact: AgentFact): void;
}

export function recordHold(actor: Actor, hold: Hold | null, { at, emit }: NoteHold): void {
  const said = hold === null ? null : JSON.stringify([hold.version, hold.because]);
  const before = actor.saidHold;
  if (said === before) return;
  actor.saidHold = said;
  emit({ type: 'warning', key: 'trust', message: hold?.because ?? null });
  const running = actor.session.owner?.version ?? null;
  if (running === null || actor.desired?.kind !== 'valid') return;
  if (hold) emit({ type: 'update', update: held(running, actor.desired.version, { at, because: hold.because }) });
  else if (actor.desired.version.hash === running.hash) {
    const because = 'it waited for your word, and was taken back';
    emit({ type: 'update', update: { ...held(running, running, { at, because }), result: 'rejected' } });
  }
}

function held(from: Version, to: Version, { at, because }: { at: string; because: string }): UpdateReport {
  const lane = from.depsHash !== to.depsHash ? 'deps' : 'code';
  const nothing = { ms: null, waits_since: null, cut_ms: null, revert_ms: null, error: null };
  return { lane, result: 'held', at, because, from: from.hash, to: to.hash, ...nothing };
}
