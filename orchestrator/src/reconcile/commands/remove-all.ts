/** `hairem down`: every container, network and user of this installation goes; volumes and images stay. */
import type { AgentId } from '../../domain/agent.ts';
import type { Bus, ContainerHost } from '../../domain/ports/ports.ts';
import type { Actor } from '../agent-worker.ts';

const GRACE_SECONDS = 10;

export interface RemoveAll {
  host: ContainerHost;
  bus: Bus;
  actors: ReadonlyMap<AgentId, Actor>;
}

/** The loop has ended before. Resolves when nothing is left. */
export async function removeAll({ host, bus, actors }: RemoveAll): Promise<void> {
  const { containers } = await host.observe();
  await Promise.all(
    containers.map(async ({ id, status }) => {
      if (status === 'running') await host.stopContainer(id, GRACE_SECONDS);
      await host.removeContainer(id);
    }),
  );
  for (const user of await bus.listUsers()) await bus.deleteUser(user);
  const { networks } = await host.observe();
  for (const { name } of networks) await host.removeNetwork(name);
  for (const { session } of actors.values()) session.members.clear();
}
