/** Builders of planner input: a version, a container, a view; each test says only what it is about. */

import type { DesiredAgent } from '../../../orchestrator/src/domain/desired.ts';
import { DEFAULT_GRANT } from '../../../orchestrator/src/domain/grants.ts';
import { bundleTag } from '../../../orchestrator/src/domain/labels.ts';
import type { ObservedContainer, ObservedImage } from '../../../orchestrator/src/domain/observation.ts';
import { NEW_STORED_AGENT } from '../../../orchestrator/src/domain/stored-agent.ts';
import type { Version } from '../../../orchestrator/src/domain/version.ts';
import type { AgentView, LiveInstance } from '../../../orchestrator/src/plan/agent-view.ts';
import { aVersion } from '../../support/builders/a-version.ts';

export function version(name: string, change: Partial<Version> = {}): Version {
  return aVersion({
    hash: `hash-${name}`,
    codeHash: `code-${name}`,
    depsHash: 'deps',
    imageHash: `image-${name}`,
    specHash: 'spec',
    softHash: 'soft',
    ...change,
  });
}

const place = { severity: 'error' as const, file: 'manifest.yaml', line: 1, column: 1, path: 'resources', message: '' };
const PLACES = { memory: place, cpus: place, pids: place };

export function valid(of: Version, enabled = true): DesiredAgent {
  const snapshot = { dir: '/snapshots/x', hasDependencies: false, hasLock: false, build: DEFAULT_GRANT.build };
  return {
    kind: 'valid',
    id: of.agent,
    folder: of.agent,
    enabled,
    version: of,
    snapshot,
    warnings: [],
    literals: {},
    places: PLACES,
  };
}

export function container(
  inst: number,
  of: Version,
  status: ObservedContainer['status'] = 'running',
): ObservedContainer {
  return {
    id: `container-${inst}`,
    name: `hairem-test-echo-${inst}`,
    image: bundleTag(of.agent, of.imageHash),
    imageId: `id-${of.imageHash}`,
    agent: of.agent,
    inst,
    status,
    exitCode: status === 'exited' ? 1 : null,
    oomKilled: false,
    startedAt: null,
    bundleHash: of.hash,
    imageHash: of.imageHash,
    depsHash: of.depsHash,
    specHash: of.specHash,
    secretsHash: '',
    credSha256: 'x',
  };
}

export function image(of: Version): ObservedImage {
  const { agent, imageHash, depsHash } = of;
  return {
    id: `id-${imageHash}`,
    tag: bundleTag(agent, imageHash),
    kind: 'bundle',
    agent,
    imageHash,
    depsHash,
    isOurs: true,
    bytes: 1,
  };
}

export function live(inst: number, of: Version): LiveInstance {
  const hashes = { hash: of.hash, imageHash: of.imageHash, specHash: of.specHash, secretsHash: '', refusedHash: null };
  return { inst, ...hashes, hindered: [] };
}

/** An agent of which nothing is known and nothing is there. */
export function nothing(change: Partial<AgentView> = {}): AgentView {
  return {
    id: 'echo',
    desired: null,
    goneSince: null,
    frozen: false,
    stored: NEW_STORED_AGENT,
    containers: [],
    networks: [],
    redisNetworks: [],
    hold: null,
    images: [],
    live: { owner: null, spare: null, windowEnds: null, known: new Set() },
    notBefore: null,
    failure: null,
    settlingSince: null,
    secrets: new Map(),
    request: null,
    expired: 0,
    ...change,
  };
}

/** Instance 1 of `of` runs, nothing else is there, and the folder asks for the same. */
export function running(of: Version, change: Partial<AgentView> = {}): AgentView {
  return nothing({
    desired: valid(of),
    stored: { ...NEW_STORED_AGENT, running: of, lastInst: 1, term: 1 },
    containers: [container(1, of)],
    networks: [{ id: 'n', name: 'hairem-test-echo', agent: 'echo', egress: 'none', subnets: [] }],
    redisNetworks: ['hairem-test-echo'],
    images: [image(of)],
    live: { owner: live(1, of), spare: null, windowEnds: null, known: new Set([1]) },
    ...change,
  });
}
