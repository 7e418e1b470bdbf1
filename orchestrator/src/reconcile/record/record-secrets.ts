/** What is known of an agent's secrets, said once: their fingerprints, what is missing, and that nobody can be started. */
import type { AgentFact } from '../../domain/event.ts';
import type { SecretState } from '../../domain/secrets.ts';
import type { Actor } from '../agent-worker.ts';
import { NO_RETRY } from '../retry.ts';

type Emit = (fact: AgentFact) => void;

/** A start that failed with the secrets of before is tried at once with others. */
export function recordSecrets(actor: Actor, { hash, secrets, missing, notes }: SecretState, emit: Emit): void {
  const now = JSON.stringify([hash, secrets, missing, notes]);
  const before = actor.saidSecrets;
  if (now === before) return;
  actor.saidSecrets = now;
  if (before !== null) actor.retry = NO_RETRY;
  const warnings = [...missing, ...notes];
  if (before !== null || secrets.length + warnings.length > 0) emit({ type: 'secrets', secrets, warnings });
}

/** @param because null when something else is planned for it, or nothing: it may have to be said again then */
export function recordBlocked(actor: Actor, because: string | null, emit: Emit): void {
  if (because === actor.saidBlocked) return;
  actor.saidBlocked = because;
  if (because !== null) emit({ type: 'blocked', because });
}
