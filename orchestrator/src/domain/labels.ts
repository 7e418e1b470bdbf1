/** Names of our labels, images, networks and containers: pure, so that builder, spec and adapters agree. */
import type { AgentId, InstanceNumber } from './agent.ts';

export const LABEL = {
  /** The installation that owns the thing; on everything we make. */
  orchestrator: 'io.hairem.orchestrator',
  kind: 'io.hairem.kind', // instance | bundle | deps | install | base | network | volume
  /** The installation that built an image which all of this engine share: it may remove it. */
  maker: 'io.hairem.maker',
  /** One run of a build whose stages are removed after it. */
  build: 'io.hairem.build',
  agent: 'io.hairem.agent',
  instance: 'io.hairem.instance',
  bundleHash: 'io.hairem.bundle-hash',
  imageHash: 'io.hairem.image-hash',
  depsHash: 'io.hairem.deps-hash',
  specHash: 'io.hairem.spec-hash',
  /** Keyed, so that nobody can try values against it; absent for an agent without secrets. */
  secretsHash: 'io.hairem.secrets-hash',
  credSha256: 'io.hairem.cred-sha256',
} as const;

const short = (hash: string) => hash.slice(0, 16);

export const baseTag = (runtime: string, baseHash: string) => `hairem/agent-base-${runtime}:${short(baseHash)}`;
export const depsTag = (depsHash: string) => `hairem/deps:${short(depsHash)}`;
export const compilersTag = (runtime: string, hash: string) => `hairem/compilers-${runtime}:${short(hash)}`;
export const bundleTag = (agent: AgentId, imageHash: string) => `hairem/agent-${agent}:${short(imageHash)}`;
export const containerName = (installId: string, agent: AgentId, inst: InstanceNumber) =>
  `hairem-${installId}-${agent}-${inst}`;
/** Who may reach out is on another network, so that a change of it is a swap like any other. No id has a dot in it. */
export const networkName = (installId: string, agent: AgentId, egress: 'none' | 'internet' = 'none') =>
  `hairem-${installId}-${agent}${egress === 'internet' ? '.out' : ''}`;
export const volumeName = (installId: string, agent: AgentId) => `hairem-${installId}-${agent}-data`;

/**
 * The proxy to package indexes that stands beside a build is an instance of an agent of our own: the same sandbox, labels
 * and networks. No bundle may have such an id, and no look at the crew shows it.
 */
export const indexesAgent = (slot: string): AgentId => `indexes-${slot}`;
export const isIndexesAgent = (agent: string) => agent.startsWith('indexes-');
