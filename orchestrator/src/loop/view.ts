/** One agent as the planner reads it, out of what the folder, the engine and the bus say. */
import { networkName } from '../domain/labels.ts';
import type { Observation } from '../domain/observation.ts';
import type { AgentView } from '../plan/agent-view.ts';
import { liveOf } from '../swap/member.ts';
import type { Actor } from './actor.ts';

export interface Around {
  observation: Observation;
  installId: string;
  frozen: boolean;
}

export function viewOf(actor: Actor, { observation, installId, frozen }: Around): AgentView {
  const { id } = actor;
  return {
    id,
    desired: actor.desired,
    goneSince: actor.goneSince,
    frozen,
    stored: actor.session.stored,
    containers: observation.containers.filter((c) => c.agent === id),
    network: observation.networks.find((n) => n.agent === id) ?? null,
    redisAttached: observation.redis?.networks.includes(networkName(installId, id)) ?? false,
    images: observation.images.filter((image) => image.agent === id || image.agent === null),
    live: liveOf(actor.session),
    notBefore: actor.retry.notBefore,
    request: actor.request,
  };
}
