/** What decides about an agent besides folder, engine and bus: its secrets, a person's word, credentials that were changed. */
import type { AgentId, InstanceNumber } from '../domain/agent.ts';
import type { DesiredAgent } from '../domain/desired.ts';
import type { Observation } from '../domain/observation.ts';
import type { KnownAgent, SecretState } from '../domain/secrets.ts';
import type { StoredAgent } from '../domain/stored-agent.ts';
import type { Hold } from '../domain/trust.ts';
import type { Version } from '../domain/version.ts';
import type { Actor } from './agent-worker.ts';
import type { Around } from './planner-view.ts';

/** Secrets as the loop needs them: who is there decides whose a variable is. */
export interface LoopSecrets {
  noteCrew(agents: readonly KnownAgent[]): void;
  stateOf(version: Version): SecretState;
}

/** What waits for a person's word, as the loop needs it. */
export interface LoopTrust {
  holdOf(desired: Extract<DesiredAgent, { kind: 'valid' }>, stored: StoredAgent): Hold | null;
  formerOf(desired: Extract<DesiredAgent, { kind: 'valid' }>): AgentId | null;
  noteGone(agent: AgentId): void;
}

interface Deciders {
  secrets: Pick<LoopSecrets, 'stateOf'>;
  trust: Pick<LoopTrust, 'holdOf'>;
  expired(agent: AgentId): InstanceNumber;
}

export const inputsOf = (
  { secrets, trust, expired }: Deciders,
  actor: Actor,
  look: { observation: Observation; frozen: boolean },
): Around => ({
  ...look,
  secretsOf: secrets.stateOf,
  hold: holdOf({ trust }, actor),
  expired: expired(actor.id),
});

export const holdOf = ({ trust }: Pick<Deciders, 'trust'>, { desired, session }: Actor): Hold | null =>
  desired?.kind === 'valid' ? trust.holdOf(desired, session.stored) : null;
