/** Removes everything that carries the label of one installation of the tests, or of one compose project of theirs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LABEL } from '../../../orchestrator/src/domain/labels.ts';
import { byLabel, type ContainerSummary, engine } from '../host/engine.ts';
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

const PROJECT = 'com.docker.compose.project';

/** An installation that compose made: its crew, its own containers, networks and volumes. */
export async function removeProject(project: string): Promise<void> {
  const ours = byLabel(PROJECT, project);
  const containers = await engine<ContainerSummary[]>('GET', `/containers/json?all=true&${ours}`);
  for (const { Id } of containers) await engine('POST', `/containers/${Id}/kill`, { accept: [404, 409] });
  const installId = await fileInVolume(`${project}_data`, 'install-id').catch(() => null);
  if (installId) await removeEverything(installId);
  for (const { Id } of containers) {
    await engine('DELETE', `/containers/${Id}?force=true&v=true`, { accept: [404, 409] });
  }
  for (const { Id } of await engine<{ Id: string }[]>('GET', `/networks?${ours}`)) await removeNetwork(Id);
  const { Volumes } = await engine<{ Volumes: { Name: string }[] | null }>('GET', `/volumes?${ours}`);
  for (const { Name } of Volumes ?? []) await engine('DELETE', `/volumes/${Name}`, { accept: [404] });
}

/** A line that hAIrem keeps in a file on a volume. */
export async function fileInVolume(volume: string, path: string): Promise<string> {
  const { Mountpoint } = await engine<{ Mountpoint: string }>('GET', `/volumes/${volume}`);
  return (await readFile(join(Mountpoint, path), 'utf8')).trim();
}
