/**
 * The Dockerfiles that we generate, and the only ones that the gate lets through beside those of the base images.
 * There are few: each is a text that never changes but for the ids after FROM and the pairs after LABEL. Pure;
 * nothing that a bundle says is in them. What a bundle asks for is a file of the build context.
 */
import { sha256 } from '../bundle/content-hash.ts';
import { HairemError } from '../domain/errors/errors.ts';
import { compilersTag, LABEL } from '../domain/labels.ts';
import type { Runtime } from '../domain/version.ts';

export interface GeneratedImage {
  /** Image id, `sha256:…`: a tag that is missing here would be looked for on a public registry. */
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
  /** Packages may be built from source, on the image of `compilersDockerfile`: null for wheels alone. */
  compilers: { from: string } | null;
  /** Of the stage that installs; it has no tag, and is found and removed by them. */
  stageLabels: Readonly<Record<string, string>>;
}

/** Who installs: no agent is this user, so its limit of processes is its own. */
const INSTALLER = '10002:10002';
/** The host name and port of the index proxy, on the build's network. */
const INDEX_PROXY = 'http://indexes:3128';
const LARGEST_MIB = 2048;

/**
 * Two stages: the first installs as an ordinary user into a folder of its own, the second takes that folder alone, as
 * root's, on a base image that nothing of a package has touched.
 */
export function dependencyDockerfile(image: DependencyImage): string {
  const { from, labels, compilers, stageLabels, runtime } = image;
  const stage = head({ from: compilers?.from ?? from, labels: stageLabels });
  const { steps, results } = runtime === 'node' ? npmInstall(image) : pipInstall(image);
  return [
    `${stage[0]} AS install`,
    stage[1],
    `ENV HOME=/install PIP_CONFIG_FILE=/settings/pip.conf NPM_CONFIG_USERCONFIG=/settings/npmrc GIT_CONFIG_GLOBAL=/settings/gitconfig ${PROXY_VARIABLES}`,
    `USER ${INSTALLER}`,
    'COPY settings/ /settings/',
    `COPY --chown=${INSTALLER} deps/ /install/`,
    'WORKDIR /install',
    ...steps,
    ...head({ from, labels }),
    ...results,
    '',
  ].join('\n');
}

const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']
  .map((name) => `${name}=${INDEX_PROXY}`)
  .join(' ');

interface Install {
  /** Of the first stage. */
  steps: string[];
  /** Of the second. */
  results: string[];
}

const NPM_OPTIONS = '--omit=dev --ignore-scripts --no-audit --no-fund --no-update-notifier --cache /tmp/npm';

/** Nothing of a package runs. */
function npmInstall({ hasLock }: DependencyImage): Install {
  const install = hasLock ? 'npm ci' : 'npm install --no-package-lock';
  return {
    steps: [
      `RUN setpriv --no-new-privs ${install} ${NPM_OPTIONS} && mkdir -p node_modules`,
      `RUN ${tidied('/install/node_modules')}`,
    ],
    results: [
      'COPY deps/ /app/bundle/',
      'COPY --from=install --chown=0:0 /install/node_modules/ /app/bundle/node_modules/',
    ],
  };
}

const PIP_OPTIONS = '--no-cache-dir --no-input --disable-pip-version-check';

/** Where the runtime's own packages are not, so that each bundle may pin what it likes; compiled as it is installed. */
function pipInstall({ hasLock, compilers }: DependencyImage): Install {
  const which = compilers ? '--prefer-binary' : '--only-binary :all:';
  const options = `${PIP_OPTIONS} ${which}${hasLock ? ' --require-hashes' : ''}`;
  const install = `python -m pip install ${options} --target /install/out --requirement /install/requirements.txt`;
  return {
    // A base image may name what its host trusts there, and pip takes it before its settings.
    steps: [`RUN mkdir out && setpriv --no-new-privs env -u PIP_CERT ${install}`, `RUN ${tidied('/install/out')}`],
    results: ['COPY --from=install --chown=0:0 /install/out/ /app/deps/'],
  };
}

/** In a step of its own, where nothing of a package runs any more: no setuid, nothing others may write, no more than fits. */
const tidied = (folder: string) =>
  `chmod -R u=rwX,go=rX ${folder} && { [ "$(du -sm ${folder} | cut -f 1)" -le ${LARGEST_MIB} ]` +
  ` || { echo "ERROR: the dependencies are larger than ${LARGEST_MIB} MB"; exit 1; }; }`;

/** What `build: {compilers: true}` gives: ours alone, so it may be root and reach the distribution's packages. */
export function compilersDockerfile(image: GeneratedImage): string {
  return [...head(image), 'USER 0:0', `RUN ${COMPILERS}`, 'USER 10001:10001', ''].join('\n');
}

/** The same for all on an engine, whoever builds it. */
export const compilersTagOn = (runtime: Runtime, from: string) =>
  compilersTag(runtime, sha256(compilersDockerfile({ from, labels: { [LABEL.kind]: 'base' } })));

/** Python's headers come with the official image; Debian's own Python has them in a package. */
const COMPILERS = [
  'apt-get update',
  'DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends' +
    ' gcc g++ make git pkg-config libc6-dev libffi-dev libssl-dev' +
    " $(dpkg-query -W -f '$" +
    "{Package}-dev' python3 2>/dev/null)",
  'rm -rf /var/lib/apt/lists/*',
].join(' && ');

/** The proxy that a dependency build reaches the package indexes through (index-proxy/). */
export function indexProxyDockerfile(image: GeneratedImage): string {
  return [...head(image), 'COPY code/ /app/bundle/', `CMD ${JSON.stringify(PROXY_COMMAND)}`, ''].join('\n');
}

const PROXY_COMMAND = ['node', '--max-semi-space-size=1', '--optimize-for-size', '/app/bundle/main.ts'];

export interface OurDockerfile {
  kind: 'bundle' | 'dependencies' | 'compilers' | 'indexes';
  /** One for each FROM, in order; what their labels say is the caller's to check. */
  stages: GeneratedImage[];
}

/** @returns null where the text is not one of ours, to the letter */
export function readOurDockerfile(text: string): OurDockerfile | null {
  const stages: GeneratedImage[] = [];
  let isTwice = false;
  const shape = text.replaceAll(STAGE, (_, from: string, name: string, pairs: string) => {
    const labels = pairs.split(' ').map((pair) => pair.split('=', 2));
    // Of two the engine takes the last one: what is looked at must be what it takes.
    isTwice ||= new Set(labels.map(([key]) => key)).size < labels.length;
    stages.push({ from, labels: Object.fromEntries(labels) });
    return `FROM any${name}\nLABEL any=any\n`;
  });
  const kind = SHAPES.get(shape);
  // As many as there are: what stands for any id and any labels in the shapes is none itself.
  const isWhole = stages.length === text.match(/^FROM /gm)?.length;
  return kind === undefined || isTwice || !isWhole ? null : { kind, stages };
}

const STAGE = /^FROM (sha256:[0-9a-f]{64})((?: AS install)?)\nLABEL ([\w.-]+=[\w.:/-]+(?: [\w.-]+=[\w.:/-]+)*)\n/gm;

const SHAPES: ReadonlyMap<string, OurDockerfile['kind']> = new Map(allShapes());

function allShapes(): [string, OurDockerfile['kind']][] {
  const any = { from: 'any', labels: { any: 'any' } };
  const dependencies = (['node', 'python'] as const).flatMap((runtime) =>
    [true, false].flatMap((hasLock) =>
      [null, { from: 'any' }].map((compilers) =>
        dependencyDockerfile({ ...any, runtime, hasLock, compilers, stageLabels: any.labels }),
      ),
    ),
  );
  return [
    [bundleDockerfile(any), 'bundle'],
    [compilersDockerfile(any), 'compilers'],
    [indexProxyDockerfile(any), 'indexes'],
    ...dependencies.map((text): [string, 'dependencies'] => [text, 'dependencies']),
  ];
}

function head({ from, labels }: GeneratedImage): [string, string] {
  const pairs = Object.entries(labels).map(([key, value]) => `${plain(key)}=${plain(value)}`);
  return [`FROM ${plain(from)}`, `LABEL ${pairs.join(' ')}`];
}

function plain(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/.test(text)) {
    throw new HairemError('internal', `${JSON.stringify(text)} does not belong into a Dockerfile`);
  }
  return text;
}
