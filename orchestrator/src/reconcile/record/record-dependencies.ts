/**
 * What agents need of each other: an id or a capability that nobody has now is a warning of who needs it, and goes by
 * itself. Nothing is held up for it. Whoever is being swapped is there all the time.
 */
import { type AgentId, toAgentId } from '../../domain/agent.ts';
import type { AgentFact } from '../../domain/event.ts';
import type { Version } from '../../domain/version.ts';
import type { Actor } from '../agent-worker.ts';

export interface NoteDependencies {
  emit(agent: AgentId, fact: AgentFact): void;
  /** Why nobody hears it; null where somebody does, or will in a moment. */
  whyAway(actor: Actor): string | null;
}

export function recordDependencies(actors: ReadonlyMap<AgentId, Actor>, { emit, whyAway }: NoteDependencies): void {
  const needing = [...actors.values()].filter((actor) => needsOf(actor).length > 0 || actor.saidNeeds !== null);
  if (needing.length === 0) return;
  const capable = capabilitiesOf(actors);
  for (const actor of needing) {
    const lacks = needsOf(actor).flatMap((need) => lackOf(need, actor));
    const message = lacks.length === 0 ? null : `needs ${lacks.join(', and ')}`;
    if (message === actor.saidNeeds) continue;
    actor.saidNeeds = message;
    emit(actor.id, { type: 'warning', key: 'dependencies', message });
  }

  function lackOf(need: string, { id }: Actor): string[] {
    const named = actors.get(toAgentId(need));
    const able = [...(capable.get(need.toLowerCase()) ?? [])].filter((one) => one.id !== id);
    const candidates = named ? [named, ...able] : able;
    const reasons = candidates.map(whyAway);
    if (reasons.includes(null)) return [];
    if (candidates.length === 0) return [`${need}: there is no agent of that id, and none with that capability`];
    return [`${need}: ${reasons[0]}`];
  }
}

/** Of what runs; of what is wanted where nothing does. */
function versionOf({ session, desired }: Actor): Version | null {
  return session.owner?.version ?? (desired?.kind === 'valid' ? desired.version : session.stored.running);
}

const needsOf = (actor: Actor) => versionOf(actor)?.soft.dependencies ?? [];

function capabilitiesOf(actors: ReadonlyMap<AgentId, Actor>): Map<string, Actor[]> {
  const capable = new Map<string, Actor[]>();
  for (const actor of actors.values()) {
    for (const capability of versionOf(actor)?.soft.capabilities ?? []) {
      const key = capability.toLowerCase();
      capable.set(key, [...(capable.get(key) ?? []), actor]);
    }
  }
  return capable;
}
