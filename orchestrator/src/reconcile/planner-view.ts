/** One agent as the planner reads it, out of what the folder, the engine and the bus say. */
import type { Observation } from '../domain/observation.ts';
import type { SecretState } from '../domain/secrets.ts';
import type { Version } from '../domain/version.ts';
import type { AgentView } from '../plan/agent-view.ts';
import { liveOf } from '../rollout/session.ts';
import { type Actor, notBeforeOf } from './agent-worker.ts';

export interface Around {
  observation: Observation;
  frozen: boolean;
  secretsOf(version: Version): SecretState;
  hold: AgentView['hold'];
  expired: AgentView['expired'];
}

export function viewOf(actor: Actor, { observation, frozen, secretsOf, hold, expired }: Around): AgentView {
  const { id } = actor;
  const { stored } = actor.session;
  return {
    id,
    desired: actor.desired,
    goneSince: actor.goneSince,
    frozen,
    stored,
    secrets: new Map(targetsOf(actor).map((version) => [version.hash, secretsOf(version)])),
    containers: observation.containers.filter((c) => c.agent === id),
    networks: observation.networks.filter((n) => n.agent === id),
    redisNetworks: observation.redis?.networks ?? [],
    images: observation.images.filter((image) => image.agent === id || image.agent === null),
    live: liveOf(actor.session),
    hold,
    notBefore: notBeforeOf(actor),
    failure: actor.retry.because,
    settlingSince: actor.settlingSince,
    request: actor.request,
    expired,
  };
}

/** Every version that a plan may aim at. */
function targetsOf({ session: { stored }, desired }: Actor): Version[] {
  const { running, lastGood, intent } = stored;
  const wanted = desired?.kind === 'valid' ? desired.version : null;
  const rolledBackTo = intent.kind === 'rollback' ? intent.to : null;
  return [wanted, running, lastGood, rolledBackTo].filter((version) => version !== null);
}
