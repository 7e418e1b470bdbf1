/** Wires the loop, the actors and what listens: everything between the adapters and the API. */

import type { RedisBus } from './adapters/redis-bus.ts';
import type { ImageBuilder } from './build/image-builder.ts';
import { rateBundle } from './bundle/rate-bundle.ts';
import type { BaseHashes } from './bundle/read-bundle.ts';
import type { Config } from './config.ts';
import { buildWith } from './crew-builds.ts';
import { scanWith } from './crew-scan.ts';
import { swapDepsOf } from './crew-swap.ts';
import { allowingWith, grantsNoted } from './crew-trust.ts';
import type { AgentId } from './domain/agent.ts';
import type { CrewControl, Registry } from './domain/crew-control.ts';
import { HairemError } from './domain/errors.ts';
import type { SystemEvent } from './domain/event.ts';
import type { NoteFailure } from './domain/failures.ts';
import type { Log } from './domain/log.ts';
import type { Bus, Clock, ContainerHost, StateStore } from './domain/ports.ts';
import type { RotationControl } from './domain/rotation.ts';
import { untilAborted } from './domain/until-aborted.ts';
import type { GrantFile } from './grants/grant-file.ts';
import { type Actor, hasStorage, newActor } from './loop/actor.ts';
import { createBuildLog } from './loop/build-log.ts';
import { createCrewControl } from './loop/crew-control.ts';
import type { Fence } from './loop/fence.ts';
import { followBus } from './loop/follow-bus.ts';
import { followByLooking } from './loop/follow-by-looking.ts';
import { followEngine } from './loop/follow-engine.ts';
import { guardBus } from './loop/guard-bus.ts';
import { createLanguageModels, type LanguageModels } from './loop/language-models.ts';
import type { Gauge } from './loop/metered-bus.ts';
import { removeAll } from './loop/remove-all.ts';
import { reportSystem } from './loop/report-system.ts';
import { createRotation, type RotationPorts } from './loop/rotate.ts';
import { createWake } from './loop/wake.ts';
import { watchStorage } from './loop/watch-storage.ts';
import { whyLost } from './loop/why-lost.ts';
import { renderStep } from './plan/render-plan.ts';
import { createLoop } from './reconcile-loop.ts';
import { ownModel } from './secrets/own-model.ts';
import type { SecretStore } from './secrets/secret-store.ts';
import { modelInUse, modelRefusal } from './services/llm/model-settings.ts';
import type { SwapDeps } from './swap/deps.ts';
import { listen } from './swap/listen.ts';
import { monitor } from './swap/monitor.ts';
import type { TrustBook } from './trust/trust-book.ts';
import { watchFolder } from './watch/watch-folder.ts';

export interface CrewParts {
  config: Config;
  installId: string;
  controlKeyFor: SwapDeps['controlKeyFor'];
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
  emit: SwapDeps['emit'];
  report: SwapDeps['report'];
  /** Ends an instance that harms others. */
  fence: Fence;
  /** Why a message to an agent would be heard by nobody; null where it is heard. */
  whyUnheard(id: AgentId): HairemError | null;
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
  const onFact: SwapDeps['emit'] = (agent, fact) => languageModels.noteFact(agent, fact);
  const swap: SwapDeps = swapDepsOf({ ...parts, bus }, { actors, wake: wake.wake, onFact });
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
  const bus$ = followBus({ bus, swap, actors, system, onUp: () => loop.engineChanged(null) });
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
    monitor(swap, { sessions: () => [...actors.values()].map((actor) => actor.session), isUp: bus$.isUp }, signal),
    guarded.watch({ isUp: bus$.isUp, networks: loop.networks }, signal),
    followByLooking({ source: parts.secrets, clock, signal, onLooked: (changed) => changed && wake.wake() }),
    followByLooking({ source: parts.grantFile, clock, signal, onLooked: noteGrants }),
    followEngine({ swap, actors, system, signal, onChange: loop.engineChanged }),
    watchFolder({
      dir: config.agentsDir,
      clock,
      signal,
      alwaysPoll: config.pollMs !== null,
      isKept: folder.isKept,
      onChange: loop.folderChanged,
      onNotice: ({ mode, message }) => log.info(message, { watch: mode }),
    }),
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
    whyUnheard: loop.whyUnheard,
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
  const storage = watchStorage({
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
  const { whyUnheard } = loop;
  const isAgent = (id: AgentId) => actors.has(id);
  const hearing = { whyUnheard, isAgent, amongAgents };
  return { control, rotation, languageModels, bus, ...hearing, system, emit, report, fence, ended: until };
}

/** After `removeAll` the API still answers; the process ends by its signal alone. */
async function untilStopped(signal: AbortSignal, ended: Promise<unknown>): Promise<void> {
  await untilAborted(signal);
  await ended;
}
