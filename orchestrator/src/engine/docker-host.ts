/** The container engine behind the port `ContainerHost`: each method is one or two calls, repeatable without harm. */
import * as z from 'zod';
import type { AgentId } from '../domain/agent.ts';
import { HairemError } from '../domain/errors/errors.ts';
import { containerName, LABEL, volumeName } from '../domain/labels.ts';
import type { Clock, ContainerHost, ContainerRequest } from '../domain/ports/ports.ts';
import { buildImage, removeStages } from './build/build.ts';
import { connectEngine, type Engine } from './client.ts';
import { createBody } from './create-body.ts';
import { toEvent } from './events.ts';
import { createIndexes } from './index-network.ts';
import { jsonLines } from './json-lines.ts';
import { logLines } from './logs.ts';
import { createNetworks } from './networks.ts';
import { createObserver, type RedisPlace } from './observe.ts';
import { volumeSizes } from './volume-sizes.ts';

export interface DockerHostOptions {
  socketPath: string;
  installId: string;
  redis: RedisPlace;
  /** IPv4 range that agents' /29 networks are taken from. */
  subnet: string;
  clock: Clock;
  /** A container has our label and not what an instance must have: it is left alone. */
  onStranger?: (name: string) => void;
}

export interface DockerHost extends ContainerHost {
  /** What this host cannot limit, in the engine's words: shown, never an error. */
  warnings(): Promise<string[]>;
  /** Bytes that each agent's own volume holds. */
  volumeSizes(): Promise<ReadonlyMap<AgentId, number>>;
}

/** Connects at the first call and again after the engine was away. */
export function createDockerHost(options: DockerHostOptions): DockerHost {
  const { installId, redis, subnet, onStranger = () => {} } = options;
  const engine = connectEngine(options);
  const observer = createObserver({ engine, installId, redis, onStranger });
  const networks = createNetworks({ engine, installId, redis, subnet });
  const openIndexes = createIndexes({ engine, installId, networks });
  return {
    observe: () => observer.observe(),
    ensureNetwork: (request) => networks.ensure(request),
    removeNetwork: (name) => networks.remove(name),
    events: (signal) => events(engine, installId, signal),
    buildImage: (build) => buildImage(engine, build, options.clock),
    openIndexes: (request) => openIndexes(request),
    removeStages: (build) => removeStages(engine, build),
    removeImage: (tag) => removeImage(engine, installId, tag),
    createContainer: (request) => createContainer(engine, installId, request),
    async startContainer(id) {
      observer.forget(id);
      await engine.call({ method: 'POST', path: `/containers/${id}/start`, accept: [304], seconds: 60 });
    },
    async limitCpu(id, nanoCpus) {
      await engine.call({ method: 'POST', path: `/containers/${id}/update`, body: { NanoCpus: nanoCpus } });
    },
    async stopContainer(id, seconds) {
      const call = { path: `/containers/${id}/stop`, query: { t: Math.ceil(seconds) }, accept: [304, 404] };
      await engine.call({ method: 'POST', ...call, seconds: seconds + 30 });
    },
    removeContainer: (id) => removeContainer(engine, id),
    logs: (id, wanted) => logs(engine, id, wanted),
    async ensureVolume(agent) {
      const Name = volumeName(installId, agent);
      const Labels = { [LABEL.orchestrator]: installId, [LABEL.kind]: 'volume', [LABEL.agent]: agent };
      await engine.call({ method: 'POST', path: '/volumes/create', body: { Name, Driver: 'local', Labels } });
      return Name;
    },
    volumeSizes: () => volumeSizes(engine, installId),
    async warnings() {
      const { body } = await engine.call({ method: 'GET', path: '/info' });
      return z.object({ Warnings: z.array(z.string()).nullish() }).parse(body).Warnings ?? [];
    },
  };
}

async function* events(engine: Engine, installId: string, signal: AbortSignal) {
  const query = { filters: { label: [`${LABEL.orchestrator}=${installId}`], type: ['container'] } };
  try {
    const stream = await engine.open({ method: 'GET', path: '/events', query, signal });
    for await (const message of jsonLines(stream)) {
      const event = toEvent(message);
      if (event) yield event;
    }
  } catch (error) {
    if (error instanceof HairemError && !signal.aborted) throw error;
  }
}

/**
 * One that another image or container still needs stays, and is no error: clean-up comes again. Nor is one that
 * carries the tag meanwhile and is another installation's.
 */
async function removeImage(engine: Engine, installId: string, tag: string): Promise<void> {
  const { status, body } = await engine.call({ method: 'GET', path: `/images/${tag}/json`, accept: [404] });
  if (status === 404) return;
  const owner = labelled.parse(body).Config?.Labels?.[LABEL.orchestrator] ?? installId;
  if (owner !== installId) return;
  await engine.call({ method: 'DELETE', path: `/images/${tag}`, accept: [404, 409], seconds: 60 });
}

/** An inspected container or image. */
const labelled = z.object({
  Id: z.string(),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

async function createContainer(engine: Engine, installId: string, request: ContainerRequest): Promise<string> {
  const name = containerName(installId, request.agent, request.inst);
  const call = { path: '/containers/create', query: { name }, body: createBody(request), accept: [409], seconds: 60 };
  const { status, body } = await engine.call({ method: 'POST', ...call });
  if (status !== 409) return z.object({ Id: z.string() }).parse(body).Id;
  return reuse(engine, name, request.labels);
}

/** The name is taken: by an earlier try of the same, or by something that we must not touch. */
async function reuse(engine: Engine, name: string, labels: Readonly<Record<string, string>>): Promise<string> {
  const { body } = await engine.call({ method: 'GET', path: `/containers/${name}/json` });
  const { Id, Config } = labelled.parse(body);
  const same = Object.entries(labels).every(([key, value]) => Config?.Labels?.[key] === value);
  if (!same) throw new HairemError('engine_refused', `the name ${name} is taken by another container`);
  return Id;
}

/** 409 says that it is being removed already: wait until it is. */
async function removeContainer(engine: Engine, id: string): Promise<void> {
  const call = { path: `/containers/${id}`, query: { force: true, v: true }, accept: [404, 409], seconds: 60 };
  const { status } = await engine.call({ method: 'DELETE', ...call });
  if (status !== 409) return;
  const wait = { path: `/containers/${id}/wait`, query: { condition: 'removed' }, accept: [404], seconds: 60 };
  await engine.call({ method: 'POST', ...wait });
}

async function* logs(engine: Engine, id: string, wanted: Parameters<ContainerHost['logs']>[1]) {
  const { tail, follow, since, signal } = wanted;
  const query = { stdout: true, stderr: true, timestamps: true, follow, tail, ...(since ? { since } : {}) };
  const abort = signal ? { signal } : {};
  try {
    yield* logLines(await engine.open({ method: 'GET', path: `/containers/${id}/logs`, query, ...abort }));
  } catch (error) {
    if (error instanceof HairemError && !signal?.aborted) throw error;
  }
}
