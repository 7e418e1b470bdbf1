/** Removes what the run made also when it is interrupted: as the process ends, with nothing but the engine's client. */
import { spawnSync } from 'node:child_process';
import { LABEL } from '../../orchestrator/src/domain/labels.ts';

/** @returns a function that calls it off, for when all was removed in order */
export function onExit(script: string, env: Readonly<Record<string, string>> = {}): () => void {
  const run = () => {
    spawnSync('sh', ['-c', script], { stdio: 'ignore', timeout: 60_000, env: { ...process.env, ...env } });
  };
  process.once('exit', run);
  return () => void process.off('exit', run);
}

/** Containers, networks and images that carry the label of one installation. */
export function removalOf(installId: string): string {
  const ours = `--filter label=${LABEL.orchestrator}=${installId}`;
  return [
    `docker ps -aq ${ours} | xargs -r docker rm -f -v`,
    `for net in $(docker network ls -q ${ours}); do`,
    `  for one in $(docker network inspect -f '{{range $id, $_ := .Containers}}{{$id}} {{end}}' $net); do`,
    '    docker network disconnect -f $net $one; done',
    '  docker network rm $net; done',
    `docker images -q ${ours} | sort -u | xargs -r docker rmi -f`,
  ].join('\n');
}
