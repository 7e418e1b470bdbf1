/** What a checked body names must be this installation's, and belong together: one agent has its own things and no other's. */

import type * as z from 'zod';
import { HairemError } from '../domain/errors/errors.ts';
import { containerName, isIndexesAgent, LABEL, networkName, volumeName } from '../domain/labels.ts';
import type { ConnectBody, ContainerBody, DisconnectBody, NetworkBody, VolumeBody } from './bodies.ts';
import type { Owned, Owners } from './owners.ts';
import { firstProblem, isOurs, type Scope } from './scope.ts';

export interface Checked {
  /** What the path names, looked up; null where it names nothing. */
  thing: Owned | null;
  query: URLSearchParams;
  owners: Owners;
  scope: Scope;
}

/** Errors: unauthorized, with what is wrong; not_found for a thing that is not there or not ours. */
export type BodyCheck = (body: unknown, call: Checked) => Promise<object>;

/** @returns a check that first parses; what it gives is the body that is sent */
function bodyCheck<T extends object>(
  schema: z.ZodType<T>,
  check: (body: T, call: Checked) => Promise<object> | object,
): BodyCheck {
  return async (body, call) => {
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw wrong(firstProblem(parsed.error));
    return check(parsed.data, call);
  };
}

export const plainBody = <T extends object>(schema: z.ZodType<T>) => bodyCheck(schema, (body) => body);

export const containerCheck = (schema: z.ZodType<ContainerBody>) =>
  bodyCheck(schema, async (body, { query, owners, scope }) => {
    const { HostConfig, NetworkingConfig, Labels } = body;
    const agent = Labels[LABEL.agent];
    must(isOurs(Labels, scope), `Labels: ${LABEL.orchestrator} is another installation's`);
    const inst = Number(Labels[LABEL.instance]);
    must(query.get('name') === containerName(scope.installId, agent, inst), 'name: it is not that of its labels');
    must(body.Hostname === agent, 'Hostname: it is not the agent');
    const network = HostConfig.NetworkMode;
    must(networksOf(scope, agent).includes(network), 'HostConfig.NetworkMode: it is not a network of this agent');
    const endpoints = Object.keys(NetworkingConfig.EndpointsConfig);
    must(endpoints.length === 1 && endpoints[0] === network, 'NetworkingConfig: it is not the network of HostConfig');
    const [mount] = HostConfig.Mounts;
    must(!mount || mount.Source === volumeName(scope.installId, agent), 'Mounts: it is not the volume of this agent');
    const [image] = await Promise.all([
      owners.image(body.Image),
      owners.network(network),
      mount ? owners.volume(mount.Source) : null,
    ]);
    must(image.labels[LABEL.kind] === 'bundle', 'Image: it is not that of a bundle');
    must(image.labels[LABEL.agent] === agent, 'Image: it is not that of this agent');
    return body;
  });

const networksOf = ({ installId }: Scope, agent: string) => [
  networkName(installId, agent),
  networkName(installId, agent, 'internet'),
];

export const networkCheck = (schema: z.ZodType<NetworkBody>) =>
  bodyCheck(schema, (body, { scope }) => {
    const { Labels, Name, Internal, IPAM, Options } = body;
    must(isOurs(Labels, scope), `Labels: ${LABEL.orchestrator} is another installation's`);
    const wanted = networkName(scope.installId, Labels[LABEL.agent], Internal ? 'none' : 'internet');
    must(Name === wanted, 'Name: it is not that of its labels and reach');
    must(!Internal || 'com.docker.network.bridge.inhibit_ipv4' in Options, 'Options: the host would have an address');
    must(isAgentSubnet(IPAM.Config[0].Subnet, scope.subnet), `IPAM: it is not a /29 of ${scope.subnet}`);
    return body;
  });

export const volumeCheck = (schema: z.ZodType<VolumeBody>) =>
  bodyCheck(schema, (body, { scope }) => {
    must(isOurs(body.Labels, scope), `Labels: ${LABEL.orchestrator} is another installation's`);
    must(body.Name === volumeName(scope.installId, body.Labels[LABEL.agent]), 'Name: it is not that of its labels');
    return body;
  });

/** Redis joins the networks of agents; agents join theirs as they are made, a proxy to indexes its second one here. */
export const connectCheck = (schema: z.ZodType<ConnectBody>) =>
  bodyCheck(schema, async (body, { thing, owners }) => {
    const agent = thing?.labels[LABEL.agent] ?? '';
    if (body.EndpointConfig.Aliases[0] === 'redis') {
      must(!isIndexesAgent(agent), 'Redis is on no network of a build');
      return { ...body, Container: (await owners.redis(body.Container)).id };
    }
    const proxy = await owners.container(body.Container);
    must(isIndexesAgent(agent), 'the network is not that of a build');
    must(proxy.labels[LABEL.agent] === agent, 'the network is not that of this proxy');
    return { ...body, Container: proxy.id };
  });

export const disconnectCheck = (schema: z.ZodType<DisconnectBody>) =>
  bodyCheck(schema, async (body, { owners }) => ({
    ...body,
    Container: (await owners.containerOrRedis(body.Container)).id,
  }));

/** A tag may have moved since the container was made: what starts is what was checked. */
export async function startCheck({ thing, owners }: Checked): Promise<void> {
  const image = await owners.image(thing?.imageId ?? '');
  must(image.labels[LABEL.kind] === 'bundle', 'its image is not that of a bundle');
  must(image.labels[LABEL.agent] === thing?.labels[LABEL.agent], 'its image is not that of its agent');
}

function isAgentSubnet(subnet: string, pool: string): boolean {
  const [inner, outer] = [rangeOf(subnet), rangeOf(pool)];
  return inner.bits === 29 && inner.first >= outer.first && inner.last <= outer.last;
}

function rangeOf(cidr: string): { first: number; last: number; bits: number } {
  const [address = '', length] = cidr.split('/');
  const bits = Number(length);
  const size = 2 ** (32 - bits);
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = value - (value % size);
  return { first, last: first + size - 1, bits };
}

function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw wrong(otherwise);
}

const wrong = (why: string) => new HairemError('unauthorized', why);
