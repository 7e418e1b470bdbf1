/** Why another version runs than the folder asks for: said when it changes. That the folder is invalid it says itself. */
import type { Behind } from '../../domain/behind.ts';
import type { AgentFact } from '../../domain/event.ts';
import type { Actor } from '../agent-worker.ts';

export function recordBehind(actor: Actor, behind: Behind | null, emit: (fact: AgentFact) => void): void {
  const said = behind?.kind === 'invalid' ? null : JSON.stringify(behind);
  if (said === (actor.saidBehind ?? 'null')) return;
  actor.saidBehind = said;
  if (behind?.kind === 'invalid') return;
  emit({ type: 'behind', kind: behind?.kind ?? null, because: behind?.because ?? CAUGHT_UP });
}

const CAUGHT_UP = 'nothing stands between it and what its folder asks for';
