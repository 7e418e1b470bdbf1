/** Keeps and reports who acts now. */
import type { RolloutDeps } from './deps.ts';
import { endOutage } from './instances/outage.ts';
import type { Member, Session } from './session.ts';

/** After `active`: what runs is stored, what ran before is the last good one. */
export async function recordOwner(deps: RolloutDeps, session: Session, owner: Member): Promise<void> {
  const { stored } = session;
  const { version } = owner;
  if (version) {
    const changed = stored.running?.hash !== version.hash;
    const { condemned: bad, running } = stored;
    const condemned = running !== null && running.hash === bad?.hash && bad.scope !== 'secrets';
    const lastGood = changed && stored.running && !condemned ? stored.running : stored.lastGood;
    session.stored = { ...session.stored, running: version, lastGood };
    deps.emit(session.agent, {
      type: 'active',
      version,
      inst: owner.inst,
      term: session.stored.term,
      container: { id: owner.containerId, name: owner.containerName, image: owner.image, started_at: owner.startedAt },
    });
    if (lastGood) deps.emit(session.agent, { type: 'last_good', hash: lastGood.hash });
  }
  endOutage(deps, session, owner);
  await deps.save(session);
}
