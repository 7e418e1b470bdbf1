/** What a scan of the folder means for all actors: who is there, whose secrets are whose, and each one's own wish. */
import type { AgentId } from '../../domain/agent.ts';
import type { DesiredAgent, DesiredCrew } from '../../domain/desired.ts';
import type { KnownAgent } from '../../domain/secrets.ts';
import type { RolloutDeps } from '../../rollout/deps.ts';
import { type Actor, newActor } from '../agent-worker.ts';
import { type NoteDesired, recordDesired } from './record-desired.ts';

export interface NoteCrew extends Pick<NoteDesired, 'rate'> {
  swap: Pick<RolloutDeps, 'clock' | 'emit' | 'save' | 'onError'>;
  actors: Map<AgentId, Actor>;
  secrets: { noteCrew(agents: readonly KnownAgent[]): void };
  trust: { formerOf(desired: Extract<DesiredAgent, { kind: 'valid' }>): AgentId | null };
}

export function ensureActor(deps: Pick<NoteCrew, 'swap' | 'actors'>, id: AgentId): Actor {
  const actor = deps.actors.get(id) ?? newActor(id);
  deps.actors.set(id, actor);
  if (!actor.desired) actor.goneSince ??= deps.swap.clock.now();
  return actor;
}

export function recordAgents(deps: NoteCrew, crew: DesiredCrew): void {
  const { swap, actors } = deps;
  const found = new Map(crew.agents.map((agent) => [agent.id, agent]));
  for (const [id, folder] of renamed(deps, crew)) {
    if (!found.has(id)) found.set(id, { kind: 'settling', id, folder });
  }
  for (const id of found.keys()) ensureActor(deps, id);
  deps.secrets.noteCrew([...actors.keys()].map((id) => ({ id, ...literalsIn(found.get(id)) })));
  for (const actor of actors.values()) {
    recordDesired(actor, found.get(actor.id) ?? null, {
      crew,
      now: swap.clock.now(),
      rate: deps.rate,
      emit: (fact) => swap.emit(actor.id, fact),
      save: () => {
        swap.save(actor.session).catch((error) => swap.onError(`saving ${actor.id}`, error));
      },
    });
  }
}

/** Agents whose folder asks for another id now, and waits for a word: what runs goes on meanwhile. */
function renamed({ trust }: NoteCrew, { agents }: DesiredCrew): [AgentId, string][] {
  return agents.flatMap((agent): [AgentId, string][] => {
    const former = agent.kind === 'valid' ? trust.formerOf(agent) : null;
    return former === null ? [] : [[former, agent.folder]];
  });
}

/** Undefined while the bundle is not valid: what is known of them stays. */
const literalsIn = (agent: DesiredAgent | undefined) => (agent?.kind === 'valid' ? { literals: agent.literals } : {});
