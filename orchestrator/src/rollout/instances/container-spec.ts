/** What one instance of a version is as a container: its name comes from its labels, its power from its version. Pure. */
import { createHash } from 'node:crypto';
import type { InstanceNumber } from '../../domain/agent.ts';
import { bundleTag, LABEL, networkName, volumeName } from '../../domain/labels.ts';
import type { ContainerRequest } from '../../domain/ports/ports.ts';
import type { Version } from '../../domain/version.ts';

export interface InstanceSpec {
  version: Version;
  inst: InstanceNumber;
  /** Of its own Redis user, valid for this instance alone. */
  password: string;
  /** `<key>.<serial>`, of its agent. */
  controlKey: string;
  /** Of the secrets that it will be given; empty for none. */
  secretsHash: string;
  installId: string;
  redisPort: number;
}

export function containerRequest(instance: InstanceSpec): ContainerRequest {
  const { version, inst, password, controlKey, secretsHash, installId, redisPort } = instance;
  const { agent, spec } = version;
  return {
    agent,
    inst,
    image: bundleTag(agent, version.imageHash),
    labels: {
      [LABEL.orchestrator]: installId,
      [LABEL.kind]: 'instance',
      [LABEL.agent]: agent,
      [LABEL.instance]: String(inst),
      [LABEL.bundleHash]: version.hash,
      [LABEL.imageHash]: version.imageHash,
      [LABEL.depsHash]: version.depsHash,
      [LABEL.specHash]: version.specHash,
      ...(secretsHash === '' ? {} : { [LABEL.secretsHash]: secretsHash }),
      [LABEL.credSha256]: createHash('sha256').update(password).digest('hex'),
    },
    // The two secrets that `docker inspect` shows; all others come over the bus (ARCHITECTURE.md, decision 6).
    env: {
      HAIREM_AGENT: agent,
      HAIREM_INSTANCE: String(inst),
      HAIREM_REDIS_HOST: 'redis',
      HAIREM_REDIS_PORT: String(redisPort),
      HAIREM_REDIS_PASSWORD: password,
      HAIREM_CONTROL_KEY: controlKey,
      ...(spec.timezone === undefined ? {} : { TZ: spec.timezone }),
      ...spec.variables,
    },
    spec,
    network: networkName(installId, agent, spec.egress),
    volume: spec.storage ? volumeName(installId, agent) : null,
  };
}
