/** Wires what the owner decides, the list of grants and the word for what waits, to the loop and the API. */
import type { Actor } from '../reconcile/agent-worker.ts';
import type { Allowing } from '../reconcile/commands/approve.ts';
import type { Crew, CrewParts } from './start-agents.ts';

/** A list that is wrong is told; one that changed may change what bundles may ask for, and what agents are given. */
export function grantsNoted(
  { grantFile, secrets }: Pick<CrewParts, 'grantFile' | 'secrets'>,
  { system, onChange }: { system: Crew['system']; onChange(): void },
) {
  return (changed: boolean) => {
    const problem = grantFile.problem();
    system('grants', problem === null, problem ?? 'grants.yaml is valid');
    if (!changed) return;
    secrets.forget();
    onChange();
  };
}

export function allowingWith(
  { trust, secrets, clock }: Pick<CrewParts, 'trust' | 'secrets' | 'clock'>,
  /** What the folder asks for may mean something else now. */
  onAccepted: () => void,
): Allowing {
  const readable = ({ desired }: Actor) => (desired?.kind === 'valid' ? desired : null);
  return {
    now: clock.now,
    holdOf(actor) {
      const desired = readable(actor);
      return desired && trust.holdOf(desired, actor.session.stored);
    },
    accept(actor) {
      const desired = readable(actor);
      if (desired) trust.accept(desired);
      onAccepted();
    },
    contestedBy: secrets.contestedBy,
    claim(names) {
      trust.claim(names);
      secrets.forget();
    },
  };
}
