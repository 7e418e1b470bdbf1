/** One agent as the planner reads it, out of what the folder, the engine and the bus say. */
import type { Observation } from '../domain/observation.ts';
import type { AgentView } from '../plan/agent-view.ts';
import { liveOf } from '../swap/member.ts';
import type { Actor } from './actor.ts';

export interface Around {
  observation: Observation;
  frozen: boolean;
}

export function viewOf(actor: Actor, { observation, frozen }: Around): AgentView {
  const { id } = actor;
  return {
    id,
    desired: actor.desired,
    goneSince: actor.goneSince,
    frozen,
    stored: actor.session.stored,
    containers: observation.containers.filter((c) => c.agent === id),
    networks: observation.networks.filter((n) => n.agent === id),
    redisNetworks: observation.redis?.networks ?? [],
    images: observation.images.filter((image) => image.agent === id || image.agent === null),
    live: liveOf(actor.session),
    notBefore: actor.retry.notBefore,
    request: actor.request,
  };
}
