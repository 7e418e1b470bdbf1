/** The container engine in memory: the same contract suite runs on it and on the real one. */
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { containerName, LABEL, networkName, volumeName } from '../../../orchestrator/src/domain/labels.ts';
import type { Observation, ObservedContainer, ObservedImage } from '../../../orchestrator/src/domain/observation.ts';
import type {
  ContainerHost,
  ContainerRequest,
  EngineEvent,
  LogLine,
} from '../../../orchestrator/src/domain/ports/ports.ts';

export interface FakeContainerHost extends ContainerHost {
  /** Redis' container is another one, or gone. */
  replaceRedis(id: string | null): void;
  /** The container ends by itself. */
  exit(id: string, code: number): void;
  print(id: string, line: LogLine): void;
}

interface Box {
  seen: ObservedContainer;
  request: ContainerRequest;
  lines: LogLine[];
}

export interface FakeOptions {
  installId: string;
  /** What a program does when it is started: here it may print and exit. */
  onStart?: (id: string, request: ContainerRequest, host: FakeContainerHost) => void;
}

export function createFakeContainerHost({ installId, onStart = () => {} }: FakeOptions): FakeContainerHost {
  const boxes = new Map<string, Box>();
  const images = new Map<string, ObservedImage>();
  const networks = new Map<string, { agent: string; egress: 'none' | 'internet' }>();
  const volumes = new Map<string, string>();
  const listeners = new Set<(event: EngineEvent) => void>();
  let redis: Observation['redis'] = { id: 'redis-1', networks: [] };
  let made = 0;

  const boxOf = (id: string): Box => {
    const box = boxes.get(id);
    if (!box) throw new HairemError('not_found', `No such container: ${id}`);
    return box;
  };
  const change = (box: Box, seen: Partial<ObservedContainer>, kind: EngineEvent['kind'] = 'other') => {
    box.seen = { ...box.seen, ...seen };
    const { id, agent, inst, exitCode } = box.seen;
    for (const listener of listeners) listener({ kind, container: id, agent, inst, exitCode });
  };

  const host: FakeContainerHost = {
    replaceRedis: (id) => {
      redis = id === null ? null : { id, networks: [] };
    },
    exit: (id, exitCode) => change(boxOf(id), { status: 'exited', exitCode }, 'die'),
    print: (id, line) => void boxOf(id).lines.push(line),
    async observe() {
      return {
        containers: [...boxes.values()].map((box) => box.seen),
        images: [...images.values()],
        networks: [...networks].map(([name, network]) => ({ id: name, name, subnets: [], ...network })),
        volumes: [...volumes].map(([name, agent]) => ({ name, agent })),
        redis,
      };
    },
    async *events(signal) {
      const queue: EngineEvent[] = [];
      let wake = Promise.withResolvers<void>();
      const listen = (event: EngineEvent) => {
        queue.push(event);
        wake.resolve();
      };
      listeners.add(listen);
      signal.addEventListener('abort', () => wake.resolve(), { once: true });
      for (; !signal.aborted; await wake.promise, wake = Promise.withResolvers()) yield* queue.splice(0);
      listeners.delete(listen);
    },
    async buildImage({ tag, labels, context, onLine, signal }) {
      for await (const _ of context) signal?.throwIfAborted();
      onLine?.(`built ${tag}`);
      const kind = (['base', 'deps'] as const).find((one) => one === labels[LABEL.kind]) ?? 'bundle';
      const [agent, depsHash] = [labels[LABEL.agent] ?? null, labels[LABEL.depsHash] ?? null];
      const id = `sha256:${++made}`;
      images.set(tag, {
        id,
        tag,
        kind,
        agent,
        imageHash: labels[LABEL.imageHash] ?? null,
        depsHash,
        isOurs: true,
        bytes: 1,
      });
      return id;
    },
    async openIndexes({ slot }) {
      return { network: `indexes-${slot}`, async close() {} };
    },
    async removeStages() {},
    async removeImage(tag) {
      images.delete(tag);
    },
    async createContainer(request) {
      const { agent, inst, labels, image } = request;
      const name = containerName(installId, agent, inst);
      const other = [...boxes.values()].find((box) => box.seen.name === name);
      const same = other && Object.entries(labels).every(([key, value]) => other.request.labels[key] === value);
      if (other && !same) throw new HairemError('engine_refused', `the name ${name} is taken by another container`);
      if (other) return other.seen.id;
      if (!images.has(image)) throw new HairemError('not_found', `No such image: ${image}`);
      const id = `c${++made}`;
      boxes.set(id, { request, lines: [], seen: newContainer(id, name, request, images.get(image)?.id ?? '') });
      return id;
    },
    async startContainer(id) {
      const box = boxOf(id);
      if (box.seen.status === 'running') return;
      const { network } = box.request;
      if (!networks.has(network)) throw new HairemError('not_found', `network ${network} not found`);
      change(box, { status: 'running', exitCode: null, startedAt: '2026-01-01T00:00:00Z' });
      onStart(id, box.request, host);
    },
    async limitCpu(id) {
      boxOf(id);
    },
    async stopContainer(id, seconds) {
      const box = boxes.get(id);
      if (box?.seen.status === 'running') change(box, { status: 'exited', exitCode: seconds > 0 ? 143 : 137 }, 'die');
    },
    async removeContainer(id) {
      const box = boxes.get(id);
      if (box?.seen.status === 'running') change(box, { status: 'exited', exitCode: 137 }, 'die');
      boxes.delete(id);
    },
    async *logs(id, { tail }) {
      yield* boxOf(id).lines.slice(-tail);
    },
    async ensureNetwork({ agent, egress }) {
      if (!redis) throw new HairemError('not_found', 'there is no Redis container');
      const name = networkName(installId, agent, egress);
      networks.set(name, { agent, egress });
      redis = { ...redis, networks: [...new Set([...redis.networks, name])] };
    },
    async removeNetwork(name) {
      networks.delete(name);
      if (redis) redis = { ...redis, networks: redis.networks.filter((other) => other !== name) };
    },
    async ensureVolume(agent) {
      volumes.set(volumeName(installId, agent), agent);
      return volumeName(installId, agent);
    },
  };
  return host;
}

function newContainer(id: string, name: string, request: ContainerRequest, imageId: string): ObservedContainer {
  const { agent, inst, image } = request;
  const label = (name: keyof typeof LABEL) => request.labels[LABEL[name]] ?? '';
  const state = { status: 'created', exitCode: null, oomKilled: false, startedAt: null } as const;
  const hashes = { bundleHash: label('bundleHash'), imageHash: label('imageHash'), depsHash: label('depsHash') };
  const more = { specHash: label('specHash'), secretsHash: label('secretsHash'), credSha256: label('credSha256') };
  return { id, name, image, imageId, agent, inst, ...state, ...hashes, ...more };
}
