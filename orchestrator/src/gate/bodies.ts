/**
 * What the engine may be asked to make: exactly what the orchestrator sends, key by key. Lists of what is forbidden
 * miss what a newer engine adds, and the engine reads keys in any case; these know no other key. Whose the named things
 * are is `checks.ts`' to say. Pure.
 */
import * as z from 'zod';
import { isAgentId } from '../domain/agent.ts';
import { LABEL } from '../domain/labels.ts';

const GIB = 1024 ** 3;
/** The most that a manifest can ask for (BUNDLE.md), whatever an owner grants. */
const MOST = { memory: 64 * GIB, cpus: 64, pids: 4096, openFiles: 4096, tmpBytes: 256 * 1024 ** 2 } as const;

const OURS = /^hairem-[a-z0-9-]{1,116}(\.out)?$/;
const name = z.string().regex(OURS);
const plainText = z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/);
const agentId = z.string().max(40).refine(isAgentId, { error: 'no id of an agent' });

const ownLabels = {
  [LABEL.orchestrator]: plainText,
  [LABEL.agent]: agentId,
};
const instanceLabels = z.strictObject({
  ...ownLabels,
  [LABEL.kind]: z.literal('instance'),
  [LABEL.instance]: z.string().regex(/^[1-9]\d{0,14}$/),
  [LABEL.bundleHash]: plainText,
  [LABEL.imageHash]: plainText,
  [LABEL.depsHash]: plainText,
  [LABEL.specHash]: plainText,
  [LABEL.secretsHash]: plainText.optional(),
  [LABEL.credSha256]: z.string().regex(/^[0-9a-f]{64}$/),
});
const labelsOf = <Kind extends string>(kind: Kind) => z.strictObject({ ...ownLabels, [LABEL.kind]: z.literal(kind) });

const upTo = (most: number) => z.int().positive().max(most);
/** Each once: of two the engine would take one, and we another. */
const ulimits = z.tuple([
  z.strictObject({ Name: z.literal('nofile'), Soft: upTo(MOST.openFiles), Hard: upTo(MOST.openFiles) }),
  z.strictObject({ Name: z.literal('core'), Soft: z.literal(0), Hard: z.literal(0) }),
]);
const tmpfs = z
  .string()
  .regex(/^rw,noexec,nosuid,nodev,size=\d{1,9},mode=1777$/)
  .refine((options) => Number(/size=(\d+)/.exec(options)?.[1]) <= MOST.tmpBytes, { error: 'too large' });

const hostConfig = z
  .strictObject({
    NetworkMode: name,
    Privileged: z.literal(false),
    CapDrop: z.tuple([z.literal('ALL')]),
    SecurityOpt: z.tuple([z.literal('no-new-privileges')]),
    ReadonlyRootfs: z.literal(true),
    Tmpfs: z.strictObject({ '/tmp': tmpfs }),
    Mounts: z.array(z.strictObject({ Type: z.literal('volume'), Source: name, Target: z.literal('/data') })).max(1),
    PidsLimit: upTo(MOST.pids),
    Memory: upTo(MOST.memory),
    MemorySwap: upTo(MOST.memory),
    // Below an agent's the kernel would rather end something else of this host.
    OomScoreAdj: z.int().min(500).max(1000),
    Ulimits: ulimits,
    ExtraHosts: z.tuple([z.literal('host.docker.internal:host-gateway')]).optional(),
    IpcMode: z.literal('private'),
    Init: z.literal(true),
    RestartPolicy: z.strictObject({ Name: z.literal('no') }),
    LogConfig: z.strictObject({
      Type: z.literal('json-file'),
      Config: z.strictObject({
        'max-size': z.string().regex(/^(?:[1-9]|1\d|20)m$/),
        'max-file': z.string().regex(/^[1-5]$/),
      }),
    }),
  })
  .refine(({ Memory, MemorySwap }) => Memory === MemorySwap, { error: 'MemorySwap is not Memory: that is swap' });

/** Names in capitals, so none that a container's own start reads in lower case; values without control characters. */
const variable = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}=[^\p{Cc}]{0,4096}$/u);

/** Ours, the time zone's, and those of the network: certificates and proxies (rollout/instances/container-spec.ts). */
const MOST_VARIABLES = 24;

export const containerBody = z.strictObject({
  Hostname: agentId,
  User: z.literal('10001:10001'),
  Image: z.string().regex(/^hairem\/agent-[a-z0-9-]{1,40}:[\w.-]{1,128}$/),
  Labels: instanceLabels,
  Env: z.array(variable).max(MOST_VARIABLES),
  Tty: z.literal(false),
  OpenStdin: z.literal(false),
  HostConfig: hostConfig,
  NetworkingConfig: z.strictObject({ EndpointsConfig: z.record(name, z.strictObject({})) }),
});
export type ContainerBody = z.infer<typeof containerBody>;

export const updateBody = z.strictObject({ NanoCpus: upTo(MOST.cpus * 1e9) });

export const networkBody = z.strictObject({
  Name: name,
  Driver: z.literal('bridge'),
  CheckDuplicate: z.literal(true),
  Internal: z.boolean(),
  Attachable: z.literal(false),
  EnableIPv6: z.literal(false),
  IPAM: z.strictObject({
    Driver: z.literal('default'),
    Config: z.tuple([z.strictObject({ Subnet: z.cidrv4() })]),
  }),
  Options: z.strictObject({ 'com.docker.network.bridge.inhibit_ipv4': z.literal('true').optional() }),
  Labels: labelsOf('network'),
});
export type NetworkBody = z.infer<typeof networkBody>;

const container = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/);
export const connectBody = z.strictObject({
  Container: container,
  EndpointConfig: z.strictObject({ Aliases: z.tuple([z.enum(['redis', 'indexes'])]) }),
});
export type ConnectBody = z.infer<typeof connectBody>;

export const disconnectBody = z.strictObject({ Container: container, Force: z.literal(true) });
export type DisconnectBody = z.infer<typeof disconnectBody>;

/** No driver options: with them a volume is a host folder. */
export const volumeBody = z.strictObject({ Name: name, Driver: z.literal('local'), Labels: labelsOf('volume') });
export type VolumeBody = z.infer<typeof volumeBody>;
