/**
 * The network of one agent: an explicit /29, shared with Redis alone, kept over swaps. One at a time, because two
 * agents that look for a free subnet at once would find the same.
 */
import * as z from 'zod';
import { HairemError } from '../domain/errors/errors.ts';
import { LABEL, networkName } from '../domain/labels.ts';
import type { NetworkRequest } from '../domain/ports/ports.ts';
import type { Engine } from './client.ts';
import { type NetworkSummary, networkSummary } from './labels.ts';
import { findRedis, type RedisPlace } from './observe.ts';
import { freeSubnets } from './subnets.ts';

export interface NetworkOptions {
  engine: Engine;
  installId: string;
  redis: RedisPlace;
  /** IPv4 range, for example 10.201.0.0/16. */
  subnet: string;
}

/** Subnets that are tried when the engine says that one is taken by something it does not list. */
const SUBNET_TRIES = 16;

export function createNetworks({ engine, installId, redis, subnet }: NetworkOptions) {
  const inTurn = createTurns();

  /** Exactly this name: the engine's filter also finds parts of names. */
  async function named(name: string): Promise<{ ours: NetworkSummary[]; all: NetworkSummary[] }> {
    const { body } = await engine.call({ method: 'GET', path: '/networks' });
    const all = z.array(networkSummary).parse(body);
    const ours = all.filter((network) => network.Name === name && network.Labels[LABEL.orchestrator] === installId);
    return { ours, all };
  }

  async function create(request: NetworkRequest, all: readonly NetworkSummary[]): Promise<void> {
    const taken = all.flatMap((network) => network.IPAM?.Config ?? []).flatMap((config) => config.Subnet ?? []);
    let refusal: unknown;
    for (const free of freeSubnets({ pool: subnet, taken, limit: SUBNET_TRIES })) {
      try {
        const body = networkBody({ ...request, installId, subnet: free });
        await engine.call({ method: 'POST', path: '/networks/create', body });
        return;
      } catch (error) {
        if (!isOverlap(error)) throw error;
        refusal = error;
      }
    }
    throw new HairemError('engine_refused', `no free /29 is left in ${subnet}`, { cause: refusal });
  }

  async function ensureExists(request: NetworkRequest): Promise<void> {
    const { ours, all } = await named(networkName(installId, request.agent, request.egress));
    if (ours.length === 0) await create(request, all);
  }

  async function attachRedis({ agent, egress }: NetworkRequest): Promise<void> {
    const name = networkName(installId, agent, egress);
    const found = await findRedis(engine, redis);
    if (!found) throw new HairemError('not_found', 'there is no Redis container to attach to the network of an agent');
    if (found.networks.includes(name)) return;
    const body = { Container: found.id, EndpointConfig: { Aliases: ['redis'] } };
    try {
      await engine.call({ method: 'POST', path: `/networks/${name}/connect`, body });
    } catch (error) {
      if (!isAttachedAlready(error)) throw error;
    }
  }

  /** The usual case, which waits for nobody's turn. */
  async function isReady({ agent, egress }: NetworkRequest): Promise<boolean> {
    const name = networkName(installId, agent, egress);
    const [{ ours }, found] = await Promise.all([named(name), findRedis(engine, redis)]);
    return ours.length > 0 && (found?.networks.includes(name) ?? false);
  }

  return {
    async ensure(request: NetworkRequest): Promise<void> {
      if (await isReady(request)) return;
      await inTurn(async () => {
        await ensureExists(request);
        await attachRedis(request);
      });
    },
    /** Without Redis: of what is no agent. */
    ensureBare: (request: NetworkRequest): Promise<void> => inTurn(() => ensureExists(request)),
    remove: (name: string): Promise<void> =>
      inTurn(async () => {
        const { ours } = await named(name);
        for (const { Id } of ours) await remove(engine, Id, await attachedTo(engine, Id));
      }),
  };
}

/**
 * Without egress the bridge gets no address on the host: an internal one with an address still reaches what the host
 * serves on it.
 */
export function networkBody(request: NetworkRequest & { installId: string; subnet: string }): object {
  const { agent, egress, installId, subnet } = request;
  return {
    Name: networkName(installId, agent, egress),
    Driver: 'bridge',
    CheckDuplicate: true,
    Internal: egress === 'none',
    Attachable: false,
    EnableIPv6: false,
    IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
    Options: egress === 'none' ? { 'com.docker.network.bridge.inhibit_ipv4': 'true' } : {},
    Labels: { [LABEL.orchestrator]: installId, [LABEL.kind]: 'network', [LABEL.agent]: agent },
  };
}

const inspected = z.object({ Containers: z.record(z.string(), z.unknown()).nullish() });

/** Ids of running containers on it; none when it is gone. */
async function attachedTo(engine: Engine, id: string): Promise<string[]> {
  const { status, body } = await engine.call({ method: 'GET', path: `/networks/${id}`, accept: [404] });
  return status === 404 ? [] : Object.keys(inspected.parse(body).Containers ?? {});
}

async function remove(engine: Engine, id: string, attached: readonly string[]): Promise<void> {
  for (const container of attached) {
    const body = { Container: container, Force: true };
    await engine.call({ method: 'POST', path: `/networks/${id}/disconnect`, body, accept: [404] });
  }
  await engine.call({ method: 'DELETE', path: `/networks/${id}`, accept: [404] });
}

const refusedWith = (error: unknown, pattern: RegExp) =>
  error instanceof HairemError && error.code === 'engine_refused' && pattern.test(error.message);

const isOverlap = (error: unknown) => refusedWith(error, /overlap|conflicts with network|already in use/i);
const isAttachedAlready = (error: unknown) => refusedWith(error, /already exists in network|already attached/i);

/** Runs what it is given one after the other; one that fails does not hold up the next. */
function createTurns(): <T>(run: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const turn = last.then(run, run);
    last = turn.catch(() => {});
    return turn;
  };
}
