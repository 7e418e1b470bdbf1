/** Everything on the engine that carries a label of one installation, or of its compose project. */
import { LABEL } from '../../../orchestrator/src/domain/labels.ts';
import { byLabel, engine } from '../host/engine.ts';

/** Names of containers, networks, volumes and images of its own. */
export async function leftOf(installId: string, project: string): Promise<string[]> {
  const left: string[] = [];
  for (const ours of [byLabel(LABEL.orchestrator, installId), byLabel('com.docker.compose.project', project)]) {
    const containers = await engine<{ Names: string[] }[]>('GET', `/containers/json?all=true&${ours}`);
    const networks = await engine<{ Name: string }[]>('GET', `/networks?${ours}`);
    const { Volumes } = await engine<{ Volumes: { Name: string }[] | null }>('GET', `/volumes?${ours}`);
    left.push(
      ...containers.flatMap(({ Names }) => Names),
      ...[...networks, ...(Volumes ?? [])].map(({ Name }) => Name),
    );
  }
  const images = await engine<{ RepoTags: string[] | null; Labels: Record<string, string> | null }[]>(
    'GET',
    `/images/json?${byLabel(LABEL.orchestrator, installId)}`,
  );
  const own = images.filter(({ Labels }) => Labels?.[LABEL.kind] === 'bundle');
  return [...left, ...own.flatMap(({ RepoTags }) => RepoTags ?? ['an image'])];
}
