/**
 * The loop: wake, scan, plan from the last look at the engine, and offer each agent's step to its actor.
 * Level-triggered: whatever woke it only said "look again".
 */
import type { AgentId, InstanceNumber } from '../domain/agent.ts';
import type { AgentRecord } from '../domain/agent-record.ts';
import type { Behind } from '../domain/behind.ts';
import type { DesiredCrew } from '../domain/desired.ts';
import { asHairemError, HairemError } from '../domain/errors/errors.ts';
import type { SystemEvent } from '../domain/event.ts';
import type { Observation } from '../domain/observation.ts';
import type { Version } from '../domain/version.ts';
import { planAgent } from '../plan/plan-changes.ts';
import type { Planned } from '../plan/step.ts';
import { whyBehind } from '../plan/why-behind.ts';
import type { RolloutDeps } from '../rollout/deps.ts';
import { inputsOf, type LoopSecrets, type LoopTrust } from './agent-inputs.ts';
import { type Actor, type ActorDeps, begin, interrupt, notBeforeOf } from './agent-worker.ts';
import { excuseOutage } from './change-time.ts';
import { inSeconds, whyUndelivered } from './commands/why-undelivered.ts';
import { nextStep, secretsHashOf, timesOf } from './next-step.ts';
import { createObservations } from './observer.ts';
import { viewOf } from './planner-view.ts';
import { ensureActor, recordAgents } from './record/record-agents.ts';
import { recordDependencies } from './record/record-dependencies.ts';
import { recordLosses } from './record/record-losses.ts';
import { isBusy, supersede } from './supersede.ts';
import type { Wake } from './wake.ts';

const RETRY_MS = 2_000;
const LONGEST_PAUSE_MS = 10_000;

export interface LoopDeps {
  swap: RolloutDeps;
  wake: Wake;
  actors: Map<AgentId, Actor>;
  actorDeps: Omit<ActorDeps, 'versions' | 'build'> & {
    build: (version: Version, observation: Observation) => ActorDeps['build'];
  };
  /** Reads the folder; `recheckInMs` says when it wants to be asked again. */
  scan(): Promise<{ crew: DesiredCrew; recheckInMs: number | null }>;
  rate(version: Version): AgentRecord['rating'];
  system(key: SystemEvent['key'], ok: boolean, because: string): void;
  busIsUp(): boolean;
  secrets: LoopSecrets;
  trust: LoopTrust;
  /** Up to this number an agent's instances are to be replaced now; 0 for none. */
  expired(agent: AgentId): InstanceNumber;
  removeHoldMs: number;
  /** Drops what is stored of an agent that is no more. */
  forget(id: AgentId): Promise<void>;
}

export interface Preview {
  /** Null for nothing. */
  step: Planned | null;
  behind: Behind | null;
}

export interface Loop {
  run(signal: AbortSignal): Promise<void>;
  /** What it would do now for one agent, and why that is not what its folder asks for. Errors: as the engine's. */
  preview(id: AgentId): Promise<Preview>;
  /**
   * Why a message to it would be heard by nobody; null where somebody hears it, or will in a moment.
   *
   * @param isAwaited whoever sent it waits for an answer, and is told where it is lost after all; true by default
   */
  whyUndelivered(id: AgentId, isAwaited?: boolean): HairemError | null;
  /** What there is, as the last look at the engine saw it; nothing after one that failed. */
  networks(): Observation['networks'];
  images(): Observation['images'];
  /** The folder changed. */
  folderChanged(): void;
  /** The engine has something that the last look did not see, of this agent or, for null, of any. */
  engineChanged(agent: AgentId | null): void;
}

export function createLoop(deps: LoopDeps): Loop {
  const { wake, actors, swap } = deps;
  const clock = swap.clock;
  let dirty = true;
  let frozen = false;
  let scanDue: number | null = null;
  /** When the last pass began: what came due later is for the next one. */
  let passedAt = clock.now();
  let engineAnswers = true;
  const observations = createObservations({ host: swap.host, clock, onLooked });

  function onLooked(error: unknown): void {
    engineAnswers = error === null;
    if (error === null) deps.system('engine', true, 'the engine answers');
    else report(deps, error);
    wake.wake();
  }

  async function readFolder(): Promise<void> {
    if (!dirty && (scanDue === null || clock.now() < scanDue)) return;
    dirty = false;
    const { crew, recheckInMs } = await deps.scan().catch((error) => {
      dirty = true;
      throw error;
    });
    scanDue = recheckInMs === null ? null : clock.now() + recheckInMs;
    if ((crew.frozen !== null) !== frozen)
      deps.system('folder', crew.frozen === null, crew.frozen ?? 'the folder is back');
    frozen = crew.frozen !== null;
    recordAgents(deps, crew);
  }

  async function pass(): Promise<void> {
    passedAt = clock.now();
    await readFolder();
    if (!deps.busIsUp() || !engineAnswers) for (const actor of actors.values()) excuseOutage(actor, clock.now());
    if (deps.busIsUp()) await planAll();
    observations.begin(actors.values()); // also without the bus: that the engine is away, too, is said
  }

  async function planAll(): Promise<void> {
    for (const container of observations.last()?.containers ?? []) ensureActor(deps, container.agent);
    for (const actor of actors.values()) {
      const observation = isBusy(actor) ? null : observations.of(actor);
      if (observation) await planOne(actor, observation);
    }
    recordDependencies(actors, { emit: swap.emit, whyAway });
  }

  const mayRun = (id: AgentId) =>
    observations.last()?.containers.some((c) => c.agent === id && c.status === 'running') ?? true;
  const around = ({ id }: Actor) => ({ now: clock.now(), mayRun: () => mayRun(id) });
  /** Who is just being started is no news. */
  const whyAway = (actor: Actor) => {
    const why = whyUndelivered(actor, { ...around(actor), isAwaited: true, until: () => '' });
    return why && (why.code === 'conflict' || actor.retry.tries > 0) ? why.message : null;
  };

  async function planOne(actor: Actor, observation: Observation): Promise<void> {
    recordLosses(deps.swap, actor, observation);
    const step = nextStep(deps, actor, { observation, frozen });
    if (actor.running) supersede(actor, step, { now: clock.now(), secretsHash: secretsHashOf(deps) });
    else if (step) begin(actor, step, actorDepsOf(deps, { actor, observation, onBuilt: observations.noteImage }));
    else if (isForgotten(deps, actor, observation)) await forget(deps, actor);
  }

  /** Until the next thing that time alone changes. */
  function untilNext(): number {
    const now = clock.now();
    if (dirty || (scanDue !== null && scanDue <= now)) return 0;
    const times = [observations.dueAt(), scanDue];
    for (const actor of actors.values()) {
      const { session, goneSince, running } = actor;
      if (running) continue;
      times.push(session.windowEnds, notBeforeOf(actor));
      if (goneSince !== null) times.push(goneSince + deps.removeHoldMs);
    }
    const coming = times.filter((time) => time !== null && time > passedAt).map(Number);
    return Math.max(1, Math.min(LONGEST_PAUSE_MS, ...coming.map((time) => time - now)));
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        const wait = await pass().then(untilNext, (error) => {
          report(deps, error);
          return RETRY_MS;
        });
        await wake.next(wait, signal);
      }
      const why = new HairemError('conflict', 'the orchestrator stops');
      await Promise.all([...actors.values()].map((actor) => interrupt(actor, why)));
    },
    async preview(id) {
      const actor = actors.get(id);
      if (!actor) throw new HairemError('not_found', `there is no agent ${id}`);
      const observation = await swap.host.observe();
      const view = viewOf(actor, inputsOf(deps, actor, { observation, frozen }));
      return { step: planAgent(view, timesOf(deps)), behind: whyBehind(view, timesOf(deps)) };
    },
    whyUndelivered: (id, isAwaited = true) => {
      const actor = actors.get(id);
      // Others than agents may listen on the bus, and what is known of them is nothing: they answer, or the deadline does.
      if (!actor) return null;
      return whyUndelivered(actor, { ...around(actor), isAwaited, until: inSeconds(clock.now()) });
    },
    networks: () => observations.last()?.networks ?? [],
    images: () => observations.last()?.images ?? [],
    folderChanged() {
      dirty = true;
      wake.wake();
    },
    engineChanged(agent) {
      const actor = agent === null ? null : actors.get(agent);
      observations.engineChanged(agent === null ? actors.values() : actor ? [actor] : []);
      wake.wake();
    },
  };
}

interface Acting {
  actor: Actor;
  observation: Observation;
  onBuilt(version: Version): void;
}

function actorDepsOf(deps: LoopDeps, { actor, observation, onBuilt }: Acting): ActorDeps {
  const { stored } = actor.session;
  const versions = [stored.running, stored.lastGood, actor.desired?.kind === 'valid' ? actor.desired.version : null];
  return {
    ...deps.actorDeps,
    versions: versions.filter((version) => version !== null),
    async build(version, snapshot, signal) {
      await deps.actorDeps.build(version, observation)(version, snapshot, signal);
      onBuilt(version);
    },
  };
}

/** Nothing wants it and nothing of it is left. */
function isForgotten(deps: LoopDeps, actor: Actor, { containers, networks }: Observation): boolean {
  const { goneSince } = actor;
  if (goneSince === null || deps.swap.clock.now() - goneSince < deps.removeHoldMs) return false;
  if (actor.desired || actor.running || actor.session.members.size > 0) return false;
  return ![...containers, ...networks].some((thing) => thing.agent === actor.id);
}

async function forget({ actors, swap, trust, forget: drop }: LoopDeps, { id }: Actor): Promise<void> {
  actors.delete(id);
  trust.noteGone(id);
  await drop(id);
  swap.emit(id, { type: 'removed' });
}

function report(deps: LoopDeps, thrown: unknown): void {
  const error = asHairemError(thrown);
  if (error.code === 'engine_unavailable') deps.system('engine', false, error.message);
  else deps.swap.onError('a pass of the loop', error);
}
