/**
 * What the engine may be asked to make: exactly what the orchestrator sends, key by key. Lists of what is forbidden
 * miss what a newer engine adds, and the engine reads keys in any case; these know no other key. Pure.
 */
import * as z from 'zod';
import { LABEL } from '../domain/labels.ts';

const OURS = /^hairem-[a-z0-9-]{1,116}(\.out)?$/;
const name = z.string().regex(OURS);
const labels = z
  .record(z.string().max(128), z.string().max(4096))
  .refine((all) => Boolean(all[LABEL.orchestrator]), { error: `the label ${LABEL.orchestrator} is missing` });
const count = z.int().positive();

const hostConfig = z.strictObject({
  NetworkMode: name,
  Privileged: z.literal(false),
  CapDrop: z.tuple([z.literal('ALL')]),
  SecurityOpt: z.tuple([z.literal('no-new-privileges')]),
  ReadonlyRootfs: z.literal(true),
  Tmpfs: z.strictObject({ '/tmp': z.string().regex(/^rw,noexec,nosuid,nodev,size=\d{1,9},mode=1777$/) }),
  Mounts: z.array(z.strictObject({ Type: z.literal('volume'), Source: name, Target: z.literal('/data') })).max(1),
  PidsLimit: count,
  Memory: count,
  MemorySwap: count,
  OomScoreAdj: z.int().min(0).max(1000),
  Ulimits: z.array(z.strictObject({ Name: z.string(), Soft: z.int().nonnegative(), Hard: z.int().nonnegative() })),
  IpcMode: z.literal('private'),
  Init: z.literal(true),
  RestartPolicy: z.strictObject({ Name: z.literal('no') }),
  LogConfig: z.strictObject({ Type: z.literal('json-file'), Config: z.record(z.string(), z.string()) }),
});

export const containerBody = z.strictObject({
  Hostname: z.string().regex(/^[a-z0-9-]{1,40}$/),
  User: z.literal('10001:10001'),
  Image: z.string().max(255),
  Labels: labels,
  Env: z.array(z.string().max(4096)).max(64),
  Tty: z.literal(false),
  OpenStdin: z.literal(false),
  HostConfig: hostConfig,
  NetworkingConfig: z.strictObject({ EndpointsConfig: z.record(name, z.strictObject({})) }),
});

export const updateBody = z.strictObject({ NanoCpus: count });

export const networkBody = z.strictObject({
  Name: name,
  Driver: z.literal('bridge'),
  CheckDuplicate: z.boolean(),
  Internal: z.boolean(),
  Attachable: z.literal(false),
  EnableIPv6: z.literal(false),
  IPAM: z.strictObject({
    Driver: z.literal('default'),
    Config: z.tuple([z.strictObject({ Subnet: z.cidrv4() })]),
  }),
  Options: z.strictObject({ 'com.docker.network.bridge.inhibit_ipv4': z.literal('true').optional() }),
  Labels: labels,
});

/** Connect and disconnect. */
export const connectBody = z.strictObject({
  Container: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/),
  EndpointConfig: z.strictObject({ Aliases: z.tuple([z.literal('redis')]) }).optional(),
  Force: z.boolean().optional(),
});

/** No driver options: with them a volume is a host folder. */
export const volumeBody = z.strictObject({ Name: name, Driver: z.literal('local'), Labels: labels });
