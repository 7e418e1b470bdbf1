/** Wires the loop, the actors and what listens: everything between the adapters and the API. */

import { untilAborted } from '../async/until-aborted.ts';
import { rateBundle } from '../bundle/rate-bundle.ts';
import type { BaseHashes } from '../bundle/read-bundle.ts';
import { isCoreUser } from '../bus/core-users.ts';
import type { Gauge } from '../bus/limits/metered-bus.ts';
import type { RedisBus } from '../bus/redis-bus.ts';
import type { AgentId } from '../domain/agent.ts';
import { HairemError } from '../domain/errors/errors.ts';
import type { NoteFailure } from '../domain/errors/failures.ts';
import type { SystemEvent } from '../domain/event.ts';
import type { CrewControl, Registry } from '../domain/ports/agents-control.ts';
import type { Log } from '../domain/ports/log.ts';
import type { Bus, Clock, ContainerHost, StateStore } from '../domain/ports/ports.ts';
import type { RotationControl } from '../domain/rotation.ts';
import type { GrantFile } from '../grants/grant-file.ts';
import type { BaseImages } from '../images/base-image.ts';
import type { ImageBuilder } from '../images/image-builder.ts';
import { renderStep } from '../plan/render-plan.ts';
import type { Config } from '../process/config.ts';
import { type Actor, hasStorage, newActor } from '../reconcile/agent-worker.ts';
import type { Fence } from '../reconcile/bus-guard/fence.ts';
import { guardBus } from '../reconcile/bus-guard/guard-bus.ts';
import { createBuildLog } from '../reconcile/commands/build-log.ts';
import { createCrewControl } from '../reconcile/commands/commands.ts';
import { removeAll } from '../reconcile/commands/remove-all.ts';
import { createRotation, type RotationPorts } from '../reconcile/commands/rotate.ts';
import { whyLost } from '../reconcile/commands/why-lost.ts';
import { createLoop } from '../reconcile/reconcile-loop.ts';
import { reportSystem } from '../reconcile/record/report-system.ts';
import { createLanguageModels, type LanguageModels } from '../reconcile/services/model-settings.ts';
import { followBusState } from '../reconcile/triggers/bus-state.ts';
import { followEngineEvents } from '../reconcile/triggers/engine-events.ts';
import { pollFiles } from '../reconcile/triggers/poll-files.ts';
import { watchVolumeUsage } from '../reconcile/triggers/volume-usage.ts';
import { createWake } from '../reconcile/wake.ts';
import type { RolloutDeps } from '../rollout/deps.ts';
import { watchLiveness } from '../rollout/instances/liveness.ts';
import { listen } from '../rollout/instances/status-events.ts';
import { ownModel } from '../secrets/own-model.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { modelInUse, modelRefusal } from '../services/llm/model-settings.ts';
import type { TrustBook } from '../trust/trust-book.ts';
import { watchFolder } from '../watch/watch-folder.ts';
import { buildWith } from './image-builds.ts';
import { rolloutDepsOf } from './rollout.ts';
import { scanWith } from './scan.ts';
import { allowingWith, grantsNoted } from './trust.ts';
import { sweepWith } from './unneeded-images.ts';

export interface CrewParts {
  config: Config;
  installId: string;
  controlKeyFor: RolloutDeps['controlKeyFor'];
  host: ContainerHost;
  /** Bytes that each agent's own volume holds. */
  volumeSizes(): Promise<ReadonlyMap<AgentId, number>>;
  bus: RedisBus;
  /** Hears what is said to people and to all. */
  people: Pick<Bus, 'onMessage'>;
  store: StateStore;
  clock: Clock;
  log: Log;
  /** For what failed although nothing should. */
  note: NoteFailure;
  registry: Registry;
  secrets: SecretStore;
  trust: TrustBook;
  grantFile: GrantFile;
  rotation: RotationPorts;
  /** Takes secrets out of a text. */
  redact(text: string): string;
  builder: ImageBuilder;
  bases: BaseImages;
  baseHashes: BaseHashes;
  /** Variables of agents that reach the network. */
  network: Readonly<Record<string, string>>;
  workDir: string;
  signal: AbortSignal;
  /** Only a new start of the container sees the agents folder again. */
  onRestartNeeded(): void;
}

export interface Crew {
  control: CrewControl;
  rotation: RotationControl;
  languageModels: LanguageModels;
  /** With a gauge for each speaker before its listeners. */
  bus: RedisBus;
  /** The gauge for what agents say to each other. */
  amongAgents: Gauge;
  /** Says a change of the system's state once. */
  system(key: SystemEvent['key'], ok: boolean, because: string): void;
  emit: RolloutDeps['emit'];
  report: RolloutDeps['report'];
  /** Ends an instance that harms others. */
  fence: Fence;
  /** Why a message to an agent would be heard by nobody; null where it is heard. */
  whyUndelivered(id: AgentId): HairemError | null;
  isAgent(id: AgentId): boolean;
  /** Resolves when the loop has ended. */
  ended: Promise<unknown>;
}

export async function startCrew(parts: CrewParts): Promise<Crew> {
  const { config, host, clock, log, store } = parts;
  const stored = await store.load();
  const actors = new Map<AgentId, Actor>(Object.entries(stored).map(([id, agent]) => [id, newActor(id, agent)]));
  const wake = createWake(clock);
  const closing = new AbortController();
  await parts.grantFile.look();
  await parts.secrets.look();
  const signal = AbortSignal.any([parts.signal, closing.signal]);
  const system = reportSystem(parts);
  const guarded = guardBus({ ...parts, actors, swap: () => swap });
  const { bus } = guarded;
  const onFact: RolloutDeps['emit'] = (agent, fact) => languageModels.noteFact(agent, fact);
  const swap: RolloutDeps = rolloutDepsOf({ ...parts, bus }, { actors, wake: wake.wake, onFact });
  const languageModels = createLanguageModels({
    swap,
    actors,
    registry: parts.registry,
    grants: parts.grantFile.grants,
    ownModel,
    modelInUse,
    modelRefusal,
  });
  const sessions = { get: (id: AgentId) => actors.get(id)?.session };
  const bus$ = followBusState({ bus, swap, actors, system, onUp: () => loop.engineChanged(null) });
  listen(swap, sessions);
  const buildLog = createBuildLog(clock.timestamp);
  const rotation = createRotation({
    ...swap,
    ...parts.rotation,
    isUp: bus$.isUp,
    actors,
    recordOf: parts.registry.get,
  });
  const folder = scanWith(parts, { actors, isUp: () => bus$.isUp() });
  const loop = createLoop({
    swap,
    wake,
    actors,
    actorDeps: {
      swap,
      backoffBaseMs: config.backoffBaseMs,
      onStep: (step) => log.info('step', { agent: step.agent, step: renderStep(step) }),
      build: buildWith(parts, buildLog),
    },
    scan: folder.scan,
    rate: (version) => rateBundle(version, parts.grantFile.grants(version.agent)),
    system,
    busIsUp: bus$.isUp,
    secrets: parts.secrets,
    trust: parts.trust,
    expired: rotation.expired,
    removeHoldMs: config.removeHoldMs,
    forget(id) {
      rotation.forget(id);
      return store.save(id, null);
    },
  });
  const noteGrants = grantsNoted(parts, { system, onChange: loop.folderChanged });
  noteGrants(false);
  const ended = Promise.all([
    loop.run(signal),
    rotation.run(signal),
    watchLiveness(
      swap,
      { sessions: () => [...actors.values()].map((actor) => actor.session), isUp: bus$.isUp },
      signal,
    ),
    guarded.watch({ isUp: bus$.isUp, isOurs: isCoreUser, networks: loop.networks }, signal),
    pollFiles({ source: parts.secrets, clock, signal, onLooked: (changed) => changed && wake.wake() }),
    pollFiles({ source: parts.grantFile, clock, signal, onLooked: noteGrants }),
    followEngineEvents({ swap, actors, system, signal, onChange: loop.engineChanged }),
    watchFolder({
      dir: config.agentsDir,
      clock,
      signal,
      alwaysPoll: config.pollMs !== null,
      isKept: folder.isKept,
      onChange: loop.folderChanged,
      onNotice: ({ mode, message }) => log.info(message, { watch: mode }),
    }),
    sweepWith(parts, { actors, images: loop.images }, signal),
    bus.start(signal).catch((error) => swap.onError('connecting to Redis', error)),
  ]);
  const control = createCrewControl({
    swap,
    buildLog,
    bus,
    host,
    actors,
    allowing: allowingWith(parts, loop.folderChanged),
    preview: loop.preview,
    whyUndelivered: loop.whyUndelivered,
    whyLost(event) {
      const actor = actors.get(event.agent);
      return actor ? whyLost(actor, event) : null;
    },
    removeAll: async () => {
      closing.abort(new HairemError('conflict', 'everything is being removed'));
      await ended;
      await removeAll({ host, bus, actors });
    },
  });
  const storage = watchVolumeUsage({
    installId: parts.installId,
    isUsed: () => [...actors.values()].some(hasStorage),
    sizes: parts.volumeSizes,
    grants: parts.grantFile.grants,
    isWanted: (id) => actors.get(id)?.session.stored.intent.kind === 'run',
    stop: (id, because) => control.intend(id, 'stop', because),
    emit: swap.emit,
    report: swap.report,
    onError: (what, error) => log.warn(what, { error }),
    clock,
    signal,
  });
  const { amongAgents, fence } = guarded;
  const all = Promise.all([ended, storage]);
  const { emit, report } = swap;
  const until = untilStopped(parts.signal, all);
  const { whyUndelivered } = loop;
  const isAgent = (id: AgentId) => actors.has(id);
  const hearing = { whyUndelivered, isAgent, amongAgents };
  return { control, rotation, languageModels, bus, ...hearing, system, emit, report, fence, ended: until };
}

/** After `removeAll` the API still answers; the process ends by its signal alone. */
async function untilStopped(signal: AbortSignal, ended: Promise<unknown>): Promise<void> {
  await untilAborted(signal);
  await ended;
}
