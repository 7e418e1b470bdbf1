/** What a scan of the folder means for an actor: said once as an event, and old wishes that no longer hold end. */

import type { AgentRecord } from '../../domain/agent-record.ts';
import type { DesiredAgent, DesiredCrew } from '../../domain/desired.ts';
import type { AgentFact } from '../../domain/event.ts';
import type { StoredIntent } from '../../domain/stored-agent.ts';
import type { Version } from '../../domain/version.ts';
import type { Actor } from '../agent-worker.ts';
import { NO_RETRY } from '../retry.ts';

export interface NoteDesired {
  crew: DesiredCrew;
  now: number;
  rate: (version: Version) => AgentRecord['rating'];
  emit: (fact: AgentFact) => void;
  save: () => void;
}

/** While the folder is frozen what was there before still counts. */
export function recordDesired(actor: Actor, found: DesiredAgent | null, deps: NoteDesired): void {
  if (deps.crew.frozen && !found) return;
  if (!found) {
    actor.desired = null;
    actor.goneSince ??= deps.now;
    return;
  }
  actor.goneSince = null;
  if (found.kind === 'settling') {
    actor.settlingSince ??= deps.now;
    actor.seenAt ??= deps.now;
    actor.desired ??= found;
    return;
  }
  actor.settlingSince = null;
  actor.desired = found;
  // The rating may change with what the owner gives.
  const key =
    found.kind === 'valid'
      ? JSON.stringify([found.version.hash, found.enabled, deps.rate(found.version)])
      : JSON.stringify(found.problems);
  if (key === actor.said) return;
  actor.said = key;
  actor.saidBlocked = null; // the record begins anew with it
  if (found.kind === 'invalid') deps.emit({ type: 'invalid', problems: found.problems });
  else welcomeVersion(actor, found, deps);
}

function welcomeVersion(actor: Actor, found: Extract<DesiredAgent, { kind: 'valid' }>, deps: NoteDesired): void {
  const { version, enabled, warnings } = found;
  actor.seenAt ??= deps.now;
  actor.retry = NO_RETRY;
  actor.session.refusedHash = null;
  const intent = intentAfter(actor.session.stored.intent, version.hash);
  if (intent !== actor.session.stored.intent) {
    actor.session.stored = { ...actor.session.stored, intent };
    deps.save();
  }
  deps.emit({ type: 'desired', version, enabled, warnings, rating: deps.rate(version) });
  if (actor.session.members.size === 0) sayHeldBack(intent, deps.emit);
}

/** A user's wish that was kept over a restart: nothing has to be ended, so no step would say so. */
function sayHeldBack({ kind }: StoredIntent, emit: NoteDesired['emit']): void {
  if (kind === 'stopped') emit({ type: 'stopped', because: 'stopped by a user' });
  if (kind === 'disabled') emit({ type: 'disabled', because: 'switched off by a user' });
}

/** "Switched off" and "rolled back" hold until the bundle changes; "stopped" until a user starts it. */
function intentAfter(intent: StoredIntent, hash: string): StoredIntent {
  if (intent.kind === 'rollback' && intent.from !== hash) return { kind: 'run' };
  if (intent.kind === 'disabled' && intent.manifestHash !== hash) return { kind: 'run' };
  return intent;
}
