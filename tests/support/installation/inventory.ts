/** Everything on the engine and in Redis that carries the label of one installation: what "no leftovers" is about. */
import type { Redis } from 'ioredis';
import { isIndexesAgent, LABEL } from '../../../orchestrator/src/domain/labels.ts';
import { byLabel, type ContainerSummary, engine } from '../host/engine.ts';

export interface Inventory {
  /** `<agent>.<instance> <state>` of each container. */
  containers: string[];
  /** The agent of each network. */
  networks: string[];
  volumes: string[];
  /** Tags of images of bundles. */
  images: string[];
  /** ACL users of instances. */
  users: string[];
}

interface Labelled {
  Id: string;
  Name: string;
  Labels: Record<string, string> | null;
}

export const containersOf = (installId: string) =>
  engine<ContainerSummary[]>('GET', `/containers/json?all=true&${byLabel(LABEL.orchestrator, installId)}`);

export const networksOf = (installId: string) =>
  engine<Labelled[]>('GET', `/networks?${byLabel(LABEL.orchestrator, installId)}`);

export async function volumesOf(installId: string): Promise<string[]> {
  const found = await engine<{ Volumes: Labelled[] | null }>(
    'GET',
    `/volumes?${byLabel(LABEL.orchestrator, installId)}`,
  );
  return (found.Volumes ?? []).map((volume) => volume.Name);
}

export const imagesOf = (installId: string) =>
  engine<{ Id: string; RepoTags: string[] | null; Size: number; Labels: Record<string, string> }[]>(
    'GET',
    `/images/json?${byLabel(LABEL.orchestrator, installId)}`,
  );

export async function takeInventory(installId: string, redis: Redis): Promise<Inventory> {
  const [containers, networks, volumes, images, users] = await Promise.all([
    containersOf(installId),
    networksOf(installId),
    volumesOf(installId),
    imagesOf(installId),
    redis.call('ACL', 'USERS') as Promise<string[]>,
  ]);
  // The proxy beside builds is no agent: its image stays, its containers and networks do not.
  const isBundle = (labels: Record<string, string> | null) =>
    labels?.[LABEL.kind] === 'bundle' && !isIndexesAgent(labels[LABEL.agent] ?? '');
  return {
    containers: containers.map((c) => `${c.Labels[LABEL.agent]}.${c.Labels[LABEL.instance]} ${c.State}`).sort(),
    networks: networks.map((n) => n.Labels?.[LABEL.agent] ?? n.Name).sort(),
    volumes: volumes.sort(),
    images: images.flatMap((image) => (isBundle(image.Labels) ? (image.RepoTags ?? [image.Id]) : [])).sort(),
    users: users.filter((name) => /^[a-z0-9-]+\.[0-9]+$/.test(name)).sort(),
  };
}

export interface ExpectedAgent {
  id: string;
  /** At most so many: what runs, what was good before, and what the folder asks for if that is neither. */
  images: number;
}

/** Why the inventory is not exactly one running instance of each of these agents; empty when it is. */
export function strangeIn(inventory: Inventory, agents: readonly ExpectedAgent[]): string[] {
  const ids = inventory.containers.map((line) => line.split(' ')[0] ?? '');
  const owners = ids.map((id) => id.slice(0, id.lastIndexOf('.')));
  const expected = agents.map(({ id }) => id).sort();
  const strange: string[] = [];
  const compare = (what: string, found: readonly string[], wanted: readonly string[]) => {
    if (found.join() !== wanted.join())
      strange.push(`${what}: ${found.join(' ') || 'none'}; expected ${wanted.join(' ') || 'none'}`);
  };
  compare('containers', owners.sort(), expected);
  if (inventory.containers.some((line) => !line.endsWith(' running'))) {
    strange.push(`not running: ${inventory.containers.join(', ')}`);
  }
  compare('networks', inventory.networks, expected);
  compare('ACL users', inventory.users, [...ids].sort());
  compare('volumes', inventory.volumes, []);
  for (const { id, images } of agents) {
    const own = inventory.images.filter((tag) => tag.includes(`agent-${id}:`));
    if (own.length > images) strange.push(`more than ${images} images: ${own.join(' ')}`);
  }
  const orphans = inventory.images.filter((tag) => !agents.some(({ id }) => tag.includes(`agent-${id}:`)));
  if (orphans.length > 0) strange.push(`images of nobody: ${orphans.join(' ')}`);
  return strange;
}
