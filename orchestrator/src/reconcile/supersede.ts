/**
 * While an update waits for handlers of the running version (rollout/await-handlers.ts), perhaps for minutes, the loop goes
 * on planning for its agent: what is wanted by then ends it. It has cut nothing yet, so nothing is undone.
 */
import { HairemError } from '../domain/errors/errors.ts';
import type { Planned, Step } from '../plan/step.ts';
import type { Actor } from './agent-worker.ts';

/** A step is under way that nothing may interrupt: neither plan nor look is of use. */
export const isBusy = ({ running, session }: Pick<Actor, 'running' | 'session'>): boolean =>
  running !== null && !session.waitsForHandlers;

interface Overtaking {
  /** Monotonic. */
  now: number;
  /** Of what a new instance of the step's version would be given now. */
  secretsHash(step: Step): string;
}

export function supersede(actor: Actor, planned: Planned | null, { now, secretsHash }: Overtaking): void {
  const { running, session } = actor;
  if (!running || !session.waitsForHandlers) return;
  const why = whyOvertaken(actor, running.step, planned) ?? otherSecrets(actor, secretsHash(running.step));
  if (why) running.abort.abort(new HairemError('conflict', `given up while it waited for a handler: ${why}`));
  else {
    if (actor.request === 'restart') session.hurrySince ??= now;
    actor.request = null; // what waits is a fresh instance that has done nothing yet: no need for another
  }
}

function whyOvertaken({ session }: Actor, step: Step, planned: Planned | null): string | null {
  if (step.kind !== 'swap') return null;
  const { hash } = step.version;
  if (planned && 'version' in planned && planned.kind !== 'attach') {
    return planned.version.hash === hash ? null : `another version is wanted (${planned.because})`;
  }
  if (planned?.kind === 'stop') return planned.because;
  const wantsNothing = planned === null || planned.kind === 'retire' || planned.kind === 'prune';
  const wasWanted = hash !== session.owner?.hash; // else it is a restart, whose wish was fulfilled as it began
  return wantsNothing && wasWanted ? 'what runs is what is wanted' : null;
}

function otherSecrets({ session }: Actor, hash: string): string | null {
  const candidate = [...session.members.values()].find(({ role }) => role === 'candidate');
  return candidate && candidate.secretsHash !== hash ? 'its secrets changed' : null;
}
