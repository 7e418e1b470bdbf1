/**
 * Since when an update takes time: from the change being seen, and no earlier than when it could begin. What an agent
 * waits for without us, a secret, a person, a stop, the engine or the bus, is no part of it.
 */
import type { Planned } from '../plan/step.ts';
import type { Actor } from './agent-worker.ts';

type Timed = Pick<Actor, 'running' | 'settlingSince' | 'seenAt'>;

/** @param step what is to be done for it now: nothing, or nothing that can be done, is a wait. That files settle is none */
export function excuseWait(actor: Timed, step: Planned | null): void {
  if (actor.running || actor.settlingSince !== null) return;
  if (step === null || step.kind === 'block') actor.seenAt = null;
}

/** Nothing can be done for anybody now. @param now monotonic */
export function excuseOutage(actor: Timed, now: number): void {
  if (!actor.running && actor.seenAt !== null) actor.seenAt = now;
}
