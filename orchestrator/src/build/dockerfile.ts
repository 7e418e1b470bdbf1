/** The Dockerfiles that we generate. Pure; nothing that a user wrote is put into them, only ids, hashes and our words. */
import { HairemError } from '../domain/errors.ts';
import type { Runtime } from '../domain/version.ts';

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

export interface DependencyImage extends GeneratedImage {
  runtime: Runtime;
  /** The exact content of every package is named: by a lock file, or by hashes in requirements.txt. */
  hasLock: boolean;
}

/** Installed as root, so that an agent cannot write its own dependencies. */
export function dependencyDockerfile(image: DependencyImage): string {
  const install = image.runtime === 'node' ? npmInstall(image) : pipInstall(image);
  return [...head(image), 'USER 0:0', ...install, 'USER 10001:10001', ''].join('\n');
}

const NPM_OPTIONS = '--omit=dev --ignore-scripts --no-audit --no-fund --no-update-notifier --cache /tmp/npm';

/** Nothing of a package runs. */
function npmInstall({ hasLock }: DependencyImage): string[] {
  const install = hasLock ? 'npm ci' : 'npm install --no-package-lock';
  return ['WORKDIR /app/bundle', 'COPY deps/ /app/bundle/', `RUN ${install} ${NPM_OPTIONS} && rm -rf /tmp/npm`];
}

const PIP_OPTIONS = '--no-cache-dir --no-input --disable-pip-version-check --root-user-action ignore --prefer-binary';

/** Where the runtime's own packages are not, so that each bundle may pin what it likes; compiled as it is installed. */
function pipInstall({ hasLock }: DependencyImage): string[] {
  const install = `python -m pip install ${PIP_OPTIONS}${hasLock ? ' --require-hashes' : ''} --target /app/deps`;
  return ['COPY deps/ /tmp/deps/', `RUN ${install} --requirement /tmp/deps/requirements.txt && rm -rf /tmp/deps`];
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
