/** The Dockerfiles that we generate. Pure; nothing that a user wrote is put into them, only ids, hashes and our words. */
import { HairemError } from '../domain/errors.ts';

export interface GeneratedImage {
  /** Image id: a tag that is missing here would be looked for on a public registry. */
  from: string;
  labels: Readonly<Record<string, string>>;
}

/**
 * One layer: what each save of a file costs. The labels stand before it, because they are the same from build to
 * build and a cached step is free.
 */
export function bundleDockerfile(image: GeneratedImage): string {
  return [...head(image), 'COPY code/ /app/bundle/', ''].join('\n');
}

const NPM_OPTIONS = '--omit=dev --ignore-scripts --no-audit --no-fund --no-update-notifier --cache /tmp/npm';

/** Installed as root, so that an agent cannot write its own dependencies; nothing of a package runs. */
export function dependencyDockerfile(image: GeneratedImage & { hasLock: boolean }): string {
  const install = image.hasLock ? 'npm ci' : 'npm install --no-package-lock';
  return [
    ...head(image),
    'USER 0:0',
    'WORKDIR /app/bundle',
    'COPY deps/ /app/bundle/',
    `RUN ${install} ${NPM_OPTIONS} && rm -rf /tmp/npm`,
    'USER 10001:10001',
    '',
  ].join('\n');
}

function head({ from, labels }: GeneratedImage): string[] {
  const pairs = Object.entries(labels).map(([key, value]) => `${plain(key)}=${plain(value)}`);
  return [`FROM ${plain(from)}`, `LABEL ${pairs.join(' ')}`];
}

function plain(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/.test(text)) {
    throw new HairemError('internal', `${JSON.stringify(text)} does not belong into a Dockerfile`);
  }
  return text;
}
