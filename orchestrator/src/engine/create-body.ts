/** The sandbox of SECURITY.md as the engine's create body. Pure: the same request gives the same body. */
import type { ContainerRequest } from '../domain/ports/ports.ts';

const MIB = 1024 * 1024;
/** The user of every agent; the base image knows it under this number. */
const AGENT_USER = '10001:10001';
/** Whoever reaches the network reaches the host, too: this is its name, as everywhere else. */
const HOST_ENTRY = 'host.docker.internal:host-gateway';

/** No CPU limit here: it would slow the start, and `limitCpu` sets it once the instance stands by. */
export function createBody(request: ContainerRequest): object {
  const { agent, image, labels, env, network } = request;
  return {
    Hostname: agent,
    User: AGENT_USER,
    Image: image,
    Labels: labels,
    Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    Tty: false,
    OpenStdin: false,
    HostConfig: hostConfig(request),
    NetworkingConfig: { EndpointsConfig: { [network]: {} } },
  };
}

function hostConfig({ spec, network, volume }: ContainerRequest): object {
  return {
    NetworkMode: network,
    Privileged: false,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    ReadonlyRootfs: true,
    Tmpfs: { '/tmp': `rw,noexec,nosuid,nodev,size=${64 * MIB},mode=1777` },
    Mounts: volume ? [{ Type: 'volume', Source: volume, Target: '/data' }] : [],
    PidsLimit: spec.pids,
    Memory: spec.memory,
    // Equal to Memory: no swap.
    MemorySwap: spec.memory,
    OomScoreAdj: 500,
    Ulimits: [
      { Name: 'nofile', Soft: 1024, Hard: 1024 },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
    ...(spec.egress === 'internet' ? { ExtraHosts: [HOST_ENTRY] } : {}),
    IpcMode: 'private',
    Init: true,
    // The loop alone restarts agents.
    RestartPolicy: { Name: 'no' },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } },
  };
}
