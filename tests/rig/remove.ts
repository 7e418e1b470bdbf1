/** Removes everything that carries the label of one installation of the tests. */
import { LABEL } from '../../orchestrator/src/domain/labels.ts';
import { engine } from './engine.ts';
import { containersOf, imagesOf, networksOf, volumesOf } from './inventory.ts';

export async function removeEverything(installId: string): Promise<void> {
  const containers = await containersOf(installId);
  await Promise.all(
    containers.map(({ Id }) => engine('DELETE', `/containers/${Id}?force=true&v=true`, { accept: [404, 409] })),
  );
  for (const network of await networksOf(installId)) await removeNetwork(network.Id);
  for (const name of await volumesOf(installId)) await engine('DELETE', `/volumes/${name}`, { accept: [404] });
  for (const { Id, Labels } of await imagesOf(installId)) {
    if (Labels[LABEL.kind] === 'bundle') await engine('DELETE', `/images/${Id}?force=true`, { accept: [404, 409] });
  }
}

async function removeNetwork(id: string): Promise<void> {
  const found = await engine<{ Containers?: Record<string, unknown> }>('GET', `/networks/${id}`, { accept: [404] });
  for (const container of Object.keys(found.Containers ?? {})) {
    const body = { Container: container, Force: true };
    await engine('POST', `/networks/${id}/disconnect`, { body, accept: [404, 500] });
  }
  await engine('DELETE', `/networks/${id}`, { accept: [404] });
}
