/**
 * What people are told to type, as this installation is called: another compose project has other containers and volumes,
 * and a published port is not the one inside of the container. Pure.
 */
import type { Config } from '../process/config.ts';

/** The name in docker-compose.yml, which `docker compose` takes by itself. */
export const USUAL_PROJECT = 'hairem';

/** @param text with `docker compose …` and volumes by their names in docker-compose.yml */
export function asHere(text: string, { composeProject: project }: Pick<Config, 'composeProject'>): string {
  const named = text.replaceAll('volume `data`', `volume \`${project}_data\``);
  return project === USUAL_PROJECT ? named : named.replaceAll('`docker compose ', `\`docker compose -p ${project} `);
}

/** Where people find the API: on the host, not where the CLI beside it calls it. */
export function apiAddress({ api: { published, url } }: Pick<Config, 'api'>): string {
  if (published === null) return url;
  const { host, port } = published;
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
