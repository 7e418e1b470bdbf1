/** One short handler per step. Which step it is, the planner has decided; how it is done, the files beside this one. */
import type { Snapshot } from '../domain/desired.ts';
import { HairemError } from '../domain/errors/errors.ts';
import type { Version } from '../domain/version.ts';
import type { Step, StepKind } from '../plan/step.ts';
import { adopt } from './adopt.ts';
import { control, type RolloutDeps } from './deps.ts';
import { discard, dismiss } from './instances/launch.ts';
import { recordOwner } from './record-owner.ts';
import { recreate } from './recreate.ts';
import { start, swap } from './rolling-update.ts';
import type { Session } from './session.ts';
import { finishUpdate, openUpdate, recordActive } from './update-report.ts';

const APPLIED_MS = 5_000;

export interface Applying {
  deps: RolloutDeps;
  session: Session;
  signal: AbortSignal;
  /** Monotonic time at which the change was first seen. */
  seenAt: number;
  /** Builds what is missing of the version's image. */
  build: (version: Version, snapshot: Snapshot, signal: AbortSignal) => Promise<void>;
  /** Versions that an adopted instance may be running. */
  versions: readonly Version[];
}

type Of<K extends StepKind> = Extract<Step, { kind: K }>;
type Handlers = { [K in StepKind]: (step: Of<K>, context: Applying) => Promise<void> };

const HANDLERS: Handlers = {
  adopt: async ({ agent, containers, egress }, { deps, session, signal, versions }) => {
    await deps.host.ensureNetwork({ agent, egress }); // a Redis made anew is not on it yet
    await adopt(deps, { session, containers, versions, signal });
  },
  build: async (step, { deps, build, signal }) => {
    deps.emit(step.agent, { type: 'building', hash: step.version.hash, because: step.because });
    await build(step.version, step.snapshot, signal);
  },
  start: (step, { deps, ...rest }) => start(deps, { ...rest, ...step, lane: 'start' }),
  swap: (step, { deps, ...rest }) => swap(deps, { ...rest, ...step }),
  replace: (step, { deps, ...rest }) => recreate(deps, { ...rest, ...step }),
  configure: (step, context) => configure(step, context),
  retire: async (_step, { deps, session }) => {
    const { spare } = session;
    session.windowEnds = null;
    if (spare) await dismiss(deps, session, spare, 'retire');
  },
  stop: (step, context) => stop(step, context),
  remove: async (step, { deps, session }) => {
    for (const container of step.containers) {
      session.stored = { ...session.stored, lastInst: Math.max(session.stored.lastInst, container.inst) };
      await deps.bus.deleteUser(`${step.agent}.${container.inst}`);
      await deps.host.removeContainer(container.id);
    }
    deps.wake();
  },
  attach: (step, { deps }) => deps.host.ensureNetwork({ agent: step.agent, egress: step.version.spec.egress }),
  forget: async (step, { deps }) => {
    for (const name of step.networks) await deps.host.removeNetwork(name);
    for (const tag of step.images) await deps.host.removeImage(tag);
  },
  prune: async (step, { deps }) => {
    for (const name of step.networks) await deps.host.removeNetwork(name);
    for (const tag of step.images) await deps.host.removeImage(tag);
  },
};

/** Rejects with what went wrong; the agent's actor turns that into data. */
export function applyStep<K extends StepKind>(step: Of<K>, context: Applying): Promise<void> {
  context.deps.reached(`step:${step.kind}`);
  const handler: Handlers[K] = HANDLERS[step.kind as K];
  return handler(step, context);
}

/** The live lane: told and acknowledged, no restart. Not acknowledged: the code lane is next. */
async function configure(step: Of<'configure'>, { deps, session, signal, seenAt }: Applying): Promise<void> {
  const { owner, agent } = session;
  const { version, because } = step;
  if (!owner) throw new HairemError('conflict', 'there is no active instance to configure');
  openUpdate(deps, session, { lane: 'live', because, version, seenAt });
  const { inst } = owner;
  const about = { agent, inst, deadlineMs: APPLIED_MS, signal: AbortSignal.any([signal, owner.gone.signal]) };
  const applied = deps.statusInbox.hear({ ...about, type: 'applied', matches: (m) => m.hash === version.hash });
  try {
    await control(deps, agent, { type: 'config_update', inst, hash: version.hash, soft: version.soft });
    const { error } = await applied;
    if (error) throw new HairemError('rejected', error);
  } catch (error) {
    session.refusedHash = version.hash;
    finishUpdate(deps, session, { result: 'rejected', error });
    return deps.wake();
  }
  owner.version = version;
  owner.hash = version.hash;
  recordActive(deps, session, null);
  await recordOwner(deps, session, owner);
  finishUpdate(deps, session, { result: 'ok' });
}

/** Ends all instances in order: the owner finishes what it has, the others just go. */
async function stop(step: Of<'stop'>, { deps, session }: Applying): Promise<void> {
  const { owner } = session;
  const seconds = owner?.version?.update.drain_seconds ?? 30;
  for (const member of [...session.members.values()]) {
    if (member !== owner) await discard(deps, session, member);
  }
  if (owner) await dismiss(deps, session, owner, 'stop', seconds * 1000);
  if (step.status !== 'removed') deps.emit(step.agent, { type: step.status, because: step.because });
  deps.wake();
}
