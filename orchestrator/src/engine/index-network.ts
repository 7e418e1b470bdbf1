/**
 * The network of one dependency build: internal, with nothing on it but a proxy that knows the package indexes alone.
 * The proxy is made as agents are, in the same sandbox, and has a second network that reaches out.
 */
import * as z from 'zod';
import { HairemError } from '../domain/errors/errors.ts';
import { containerName, indexesAgent, LABEL, networkName } from '../domain/labels.ts';
import type { ContainerRequest, IndexesRequest, OpenIndexes, PackageIndex } from '../domain/ports/ports.ts';
import type { Engine } from './client.ts';
import { createBody } from './create-body.ts';
import { logLines } from './logs.ts';
import type { createNetworks } from './networks.ts';

export interface IndexesOptions {
  engine: Engine;
  installId: string;
  networks: Pick<ReturnType<typeof createNetworks>, 'ensureBare' | 'remove'>;
}

const MIB = 1024 * 1024;
const READY_MS = 20_000;

export function createIndexes({ engine, installId, networks }: IndexesOptions) {
  async function remove(slot: string): Promise<void> {
    const agent = indexesAgent(slot);
    const path = `/containers/${containerName(installId, agent, 1)}`;
    await engine.call({ method: 'DELETE', path, query: { force: true, v: true }, accept: [404, 409], seconds: 60 });
    for (const egress of ['none', 'internet'] as const) await networks.remove(networkName(installId, agent, egress));
  }

  async function start(request: IndexesRequest): Promise<void> {
    const { slot, signal } = request;
    const agent = indexesAgent(slot);
    for (const egress of ['none', 'internet'] as const) await networks.ensureBare({ agent, egress });
    const container = proxyContainer(installId, request);
    const query = { name: containerName(installId, agent, 1) };
    const made = await engine.call({ method: 'POST', path: '/containers/create', query, body: createBody(container) });
    const { Id } = z.object({ Id: z.string() }).parse(made.body);
    const body = { Container: Id, EndpointConfig: { Aliases: ['indexes'] } };
    await engine.call({ method: 'POST', path: `/networks/${networkName(installId, agent)}/connect`, body });
    signal.throwIfAborted();
    await engine.call({ method: 'POST', path: `/containers/${Id}/start`, accept: [304], seconds: 60 });
    await untilReady(engine, Id, signal);
  }

  return async (request: IndexesRequest): Promise<OpenIndexes> => {
    const { slot } = request;
    const close = () => remove(slot).catch(() => {});
    await remove(slot);
    try {
      await start(request);
    } catch (error) {
      await close();
      throw error;
    }
    return { network: networkName(installId, indexesAgent(slot)), close };
  };
}

function proxyContainer(
  installId: string,
  { slot, image, indexes, proxies, variables }: IndexesRequest,
): ContainerRequest {
  const agent = indexesAgent(slot);
  const none = 'none';
  return {
    agent,
    inst: 1,
    image,
    labels: {
      [LABEL.orchestrator]: installId,
      [LABEL.kind]: 'instance',
      [LABEL.agent]: agent,
      [LABEL.instance]: '1',
      [LABEL.bundleHash]: none,
      [LABEL.imageHash]: none,
      [LABEL.depsHash]: none,
      [LABEL.specHash]: none,
      [LABEL.credSha256]: '0'.repeat(64),
    },
    env: {
      ...variables,
      HAIREM_INDEXES: indexes.map(written).join(' '),
      ...(proxies.http === null ? {} : { HAIREM_VIA_HTTP: proxies.http }),
      ...(proxies.https === null ? {} : { HAIREM_VIA_HTTPS: proxies.https }),
    },
    spec: { memory: 128 * MIB, cpus: 1, pids: 64, egress: 'internet', storage: false },
    network: networkName(installId, agent, 'internet'),
    volume: null,
  };
}

/** As index-proxy/allowed.ts reads it. */
const written = ({ host, port, isOwners, isProxied }: PackageIndex) =>
  `${host}:${port}${isOwners ? '@home' : ''}${isProxied ? '@via' : ''}`;

/** Its first line says that it listens. */
async function untilReady(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  const query = { stdout: true, stderr: true, timestamps: true, follow: true, tail: 10 };
  const soon = AbortSignal.any([signal, AbortSignal.timeout(READY_MS)]);
  const said: string[] = [];
  try {
    for await (const { text } of logLines(
      await engine.open({ method: 'GET', path: `/containers/${id}/logs`, query, signal: soon }),
    )) {
      said.push(text);
      if (text === 'ready') return;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new HairemError(
      'build_failed',
      `the proxy to package indexes does not start: ${said.at(-1) ?? 'it said nothing'}`,
      {
        cause: error,
      },
    );
  }
  throw new HairemError('build_failed', `the proxy to package indexes ended: ${said.at(-1) ?? 'it said nothing'}`);
}
