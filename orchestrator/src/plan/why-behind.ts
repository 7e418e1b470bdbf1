/** Why what runs is not what the folder asks for, from what the planner sees. Pure; time is an argument. */
import { type Behind, invalidBecause } from '../domain/behind.ts';
import type { Version } from '../domain/version.ts';
import type { AgentView } from './agent-view.ts';
import { isCondemned, isHeld, missingOf } from './plan-changes.ts';

/** Files that were changed so often for so long are not being saved by a person. */
const SETTLING_MS = 20_000;

/** @returns null where it runs, is on its way, or a user or the manifest wants nothing to run */
export function whyBehind(view: AgentView, { now }: { now: number }): Behind | null {
  const { desired, settlingSince, live } = view;
  if (settlingSince !== null && now - settlingSince >= SETTLING_MS) return unsettled(now - settlingSince);
  if (desired === null) return live.owner && !view.frozen ? GONE : null;
  if (desired.kind === 'settling') return null;
  if (desired.kind === 'invalid') return invalidBecause(desired.problems);
  return desired.enabled ? whyNotYet(view, desired.version) : null;
}

const GONE: Behind = { kind: 'gone', because: 'its folder is gone; where it stays away, the agent is removed' };

function unsettled(ms: number): Behind {
  // In steps, so that it is not said anew each second.
  const atLeast = ms < 60_000 ? `${SETTLING_MS / 1000} s` : `${2 ** Math.floor(Math.log2(ms / 60_000))} min`;
  const because = `its files have been changing for over ${atLeast}, and nothing of them is taken before they rest: what is no part of the agent belongs into .hairemignore, or under /data`;
  return { kind: 'settling', because };
}

function whyNotYet(view: AgentView, wanted: Version): Behind | null {
  const { stored, failure } = view;
  const { intent } = stored;
  if (intent.kind === 'stopped' || intent.kind === 'disabled') return null;
  if (intent.kind === 'rollback' && intent.from === wanted.hash) return rolledBack(view.id, intent.to);
  if (isHeld(view, wanted)) return { kind: 'held', because: view.hold?.because ?? '' };
  const missing = missingOf(view, wanted);
  if (missing.length > 0) return { kind: 'blocked', because: missing.join('; ') };
  if (isCondemned(view, wanted, 'version') || isCondemned(view, wanted, 'secrets')) return condemned(view);
  return failure === null ? null : { kind: 'failed', because: failure };
}

function rolledBack(id: string, { hash }: Version): Behind {
  const because = `a user went back to ${hash.slice(0, 8)}, until the bundle changes or \`hairem start ${id}\``;
  return { kind: 'rolled_back', because };
}

function condemned({ id, stored }: AgentView): Behind {
  const why = stored.condemned?.because ?? 'it failed';
  const again = `it is not tried again before the bundle changes or \`hairem reload ${id}\``;
  return { kind: 'condemned', because: `${why}; ${again}` };
}
