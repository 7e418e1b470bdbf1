/** One look at everything on the engine that carries our label, and at the Redis of our compose project. */
import * as z from 'zod';
import { HairemError } from '../domain/errors/errors.ts';
import { isIndexesAgent, LABEL } from '../domain/labels.ts';
import type { Observation, ObservedContainer } from '../domain/observation.ts';
import type { Engine } from './client.ts';
import {
  type ContainerState,
  type ContainerSummary,
  containerState,
  containerSummary,
  imageSummary,
  nameOf,
  networkSummary,
  toContainer,
  toImages,
  toNetwork,
  toVolume,
  volumeSummary,
} from './labels.ts';

/** Which container is Redis: the one of our compose project, or one by id or name. */
export type RedisPlace = { project: string; service: string } | { container: string };

export interface ObserveOptions {
  engine: Engine;
  installId: string;
  redis: RedisPlace;
  /** Told once per look of each container with our label that cannot be ours. */
  onStranger: (name: string) => void;
}

export function createObserver(options: ObserveOptions) {
  const { engine, installId } = options;
  const label = [`${LABEL.orchestrator}=${installId}`];
  const states = createStateCache(engine);

  async function listContainers(): Promise<ObservedContainer[]> {
    const query = { all: true, filters: { label: [...label, `${LABEL.kind}=instance`] } };
    const { body } = await engine.call({ method: 'GET', path: '/containers/json', query });
    const summaries = z.array(containerSummary).parse(body).filter(isOfCrew);
    states.keepOnly(summaries);
    const found = await Promise.all(summaries.map((summary) => describe(summary)));
    return found.filter((container) => container !== null);
  }

  async function describe(summary: ContainerSummary): Promise<ObservedContainer | null> {
    const state = await states.of(summary);
    if (!state) return null;
    const container = toContainer(summary, state);
    if (!container) options.onStranger(nameOf(summary));
    return container;
  }

  async function listImages() {
    const filters = { label: [LABEL.kind] };
    const { body } = await engine.call({ method: 'GET', path: '/images/json', query: { filters } });
    return z.array(imageSummary).parse(body);
  }

  async function listNetworks() {
    const { body } = await engine.call({ method: 'GET', path: '/networks', query: { filters: { label } } });
    return z.array(networkSummary).parse(body).filter(isOfCrew).map(toNetwork);
  }

  async function listVolumes() {
    const { body } = await engine.call({ method: 'GET', path: '/volumes', query: { filters: { label } } });
    const { Volumes } = z.object({ Volumes: z.array(volumeSummary).nullish() }).parse(body);
    return (Volumes ?? []).map(toVolume);
  }

  return {
    async observe(): Promise<Observation> {
      const [containers, images, networks, volumes, redis] = await Promise.all([
        listContainers(),
        listImages(),
        listNetworks(),
        listVolumes(),
        findRedis(engine, options.redis),
      ]);
      // An untagged image is a leftover only when nothing runs from it.
      const inUse = new Set(containers.map((container) => container.imageId));
      return {
        containers,
        images: images
          .flatMap((image) => toImages(image, installId))
          .filter((image) => image.tag !== image.id || !inUse.has(image.id)),
        networks: networks.filter((network) => network !== null),
        volumes: volumes.filter((volume) => volume !== null),
        redis,
      };
    },
    /** Its state is about to change without a change of its name for it: started again. */
    forget: (id: string) => states.forget(id),
  };
}

/** What a dependency build has beside it comes and goes with the build; the image of its proxy stays. */
const isOfCrew = ({ Labels }: { Labels: Record<string, string> }) => !isIndexesAgent(Labels[LABEL.agent] ?? '');

/** The Redis container and the networks that it is on; null when there is none. A running one is preferred. */
export async function findRedis(engine: Engine, place: RedisPlace): Promise<Observation['redis']> {
  if ('container' in place) return inspectRedis(engine, place.container);
  const label = [`com.docker.compose.project=${place.project}`, `com.docker.compose.service=${place.service}`];
  const query = { all: true, filters: { label } };
  const { body } = await engine.call({ method: 'GET', path: '/containers/json', query });
  const found = z.array(containerSummary).parse(body);
  const redis = found.find((container) => container.State === 'running') ?? found[0];
  return redis ? { id: redis.Id, networks: Object.keys(redis.NetworkSettings?.Networks ?? {}) } : null;
}

const inspectedRedis = z.object({
  Id: z.string(),
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()).nullish() }),
});

async function inspectRedis(engine: Engine, container: string): Promise<Observation['redis']> {
  const path = `/containers/${encodeURIComponent(container)}/json`;
  const { status, body } = await engine.call({ method: 'GET', path, accept: [404] });
  if (status === 404) return null;
  const { Id, NetworkSettings } = inspectedRedis.parse(body);
  return { id: Id, networks: Object.keys(NetworkSettings.Networks ?? {}) };
}

/** A list names no start time and no OOM kill; an inspection does, and is asked once per container and state. */
function createStateCache(engine: Engine) {
  const known = new Map<string, { state: string; details: ContainerState }>();
  return {
    async of({ Id, State }: ContainerSummary): Promise<ContainerState | null> {
      const cached = known.get(Id);
      if (cached?.state === State) return cached.details;
      const details = await inspectState(engine, Id);
      if (details) known.set(Id, { state: State, details });
      return details;
    },
    keepOnly(summaries: readonly ContainerSummary[]): void {
      const ids = new Set(summaries.map((summary) => summary.Id));
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    },
    forget(id: string): void {
      known.delete(id);
    },
  };
}

/** @returns null when it was removed since the list was made */
async function inspectState(engine: Engine, id: string): Promise<ContainerState | null> {
  try {
    const { body } = await engine.call({ method: 'GET', path: `/containers/${id}/json` });
    return containerState.parse(body).State;
  } catch (error) {
    if (error instanceof HairemError && error.code === 'not_found') return null;
    throw error;
  }
}
