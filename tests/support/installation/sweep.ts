/** Removes what a test process left behind that was killed before it could clean up. */
import { engine } from '../host/engine.ts';
import { removeEverything, removeProject } from './remove.ts';

/**
 * On the Redis and the network of each installation of the tests: `<pid of the test process>/<install id>`; on what
 * compose made for them: `<pid>/<project>`.
 */
export const RIG_LABEL = 'io.hairem.rig';

interface Labelled {
  Id: string;
  Labels: Record<string, string> | null;
}

export async function sweepDeadRigs(): Promise<void> {
  const filter = `filters=${encodeURIComponent(JSON.stringify({ label: [RIG_LABEL] }))}`;
  const containers = await engine<Labelled[]>('GET', `/containers/json?all=true&${filter}`);
  const networks = await engine<Labelled[]>('GET', `/networks?${filter}`);
  const { Volumes } = await engine<{ Volumes: Omit<Labelled, 'Id'>[] | null }>('GET', `/volumes?${filter}`);
  for (const project of new Set((Volumes ?? []).flatMap(deadRig))) await removeProject(project);
  for (const installId of new Set([...containers, ...networks].flatMap(deadRig))) await removeEverything(installId);
  for (const one of containers.filter(isDead)) {
    await engine('DELETE', `/containers/${one.Id}?force=true&v=true`, { accept: [404, 409] });
  }
  for (const one of networks.filter(isDead)) await engine('DELETE', `/networks/${one.Id}`, { accept: [404, 403] });
}

const isDead = (one: Labelled) => deadRig(one).length > 0;

/** The install id of a rig whose process is gone. */
function deadRig({ Labels }: Pick<Labelled, 'Labels'>): string[] {
  const [pid, installId] = (Labels?.[RIG_LABEL] ?? '').split('/');
  if (!pid || !installId || isAlive(Number(pid))) return [];
  return [installId];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
