/** Which builds pass: those that `images/` generates, and what the engine gets of their files. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { before, test } from 'node:test';
import { extract, pack } from 'tar-stream';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { LABEL } from '../../../orchestrator/src/domain/labels.ts';
import { proxiesIn } from '../../../orchestrator/src/domain/network/proxies.ts';
import { checkBuild } from '../../../orchestrator/src/gate/build-check.ts';
import type { Owned, Owners } from '../../../orchestrator/src/gate/owners.ts';
import type { BaseImages } from '../../../orchestrator/src/images/base-image.ts';
import {
  bundleDockerfile,
  compilersDockerfile,
  compilersTagOn,
  dependencyDockerfile,
} from '../../../orchestrator/src/images/dockerfile.ts';
import { INSTALL, idOf, labelsOf, readBases, scope } from './stand-in.ts';

const [BASE, FOREIGN, DEPS] = [`sha256:${idOf('a')}`, `sha256:${idOf('b')}`, `sha256:${idOf('c')}`];
const kinds: Record<string, string> = { [BASE]: 'base', [DEPS]: 'deps' };
const nobody = async (ref: string): Promise<Owned> => {
  throw new HairemError('not_found', `No such image: ${ref}`);
};
const owners: Owners = {
  container: nobody,
  containerOrRedis: nobody,
  redis: nobody,
  network: async (ref) =>
    ref.startsWith('hairem-net-of-indexes')
      ? { id: ref, name: ref, imageId: '', tags: [], labels: { [LABEL.agent]: 'indexes-0' } }
      : { id: ref, name: ref, imageId: '', tags: [], labels: { [LABEL.agent]: 'echo' } },
  volume: nobody,
  image: async (ref) =>
    kinds[ref] ? { id: ref, name: '', imageId: '', tags: [], labels: { [LABEL.kind]: kinds[ref] } } : nobody(ref),
};
const ways = {
  ca: [{ name: '.hairem/all-ca.pem', text: 'all' }],
  proxies: proxiesIn({ HTTPS_PROXY: 'http://proxy.home:3128' }),
};
let bases: BaseImages;
before(async () => {
  bases = await readBases();
});

const rules = () => ({ bases, ways, owners, scope });

type File = Parameters<ReturnType<typeof pack>['entry']>[0] & { text?: string };

function tarOf(files: readonly File[]): Readable {
  const context = pack();
  for (const { text = '', ...header } of files) {
    if (header.type && header.type !== 'file') context.entry(header);
    else context.entry(header, text);
  }
  context.finalize();
  return Readable.from(context, { objectMode: false });
}

async function namesIn(context: Readable): Promise<string[]> {
  const unpacked = extract();
  unpacked.end(await buffer(context));
  const names: string[] = [];
  for await (const entry of unpacked) {
    names.push(entry.header.name);
    entry.resume();
  }
  return names;
}

const BUNDLE = { [LABEL.kind]: 'bundle', [LABEL.agent]: 'echo', [LABEL.depsHash]: 'abcdef' };
const bundle = (from = BASE, labels: Record<string, string> = labelsOf(INSTALL, BUNDLE)) =>
  bundleDockerfile({ from, labels });
const deps = (from = BASE, maker = INSTALL) =>
  dependencyDockerfile({
    from,
    labels: { [LABEL.kind]: 'deps', [LABEL.depsHash]: 'abcdef', [LABEL.maker]: maker },
    runtime: 'python',
    hasLock: false,
    compilers: null,
    stageLabels: { [LABEL.orchestrator]: INSTALL, [LABEL.kind]: 'install', [LABEL.build]: '0123456789abcdef' },
  });
const ulimit = (Name: string, most: number) => ({ Name, Soft: most, Hard: most });
const ULIMITS = [ulimit('nproc', 256), ulimit('nofile', 4096), ulimit('fsize', 1024), ulimit('core', 0)];
const LIMITED = {
  memory: '1024',
  memswap: '1024',
  cpuperiod: '100000',
  cpuquota: '100000',
  ulimits: JSON.stringify(ULIMITS),
  networkmode: 'hairem-net-of-indexes',
};

interface Try {
  dockerfile: string;
  t?: string;
  query?: Record<string, string>;
  files?: readonly File[];
}

/** The whole context that the engine would get. */
async function built({ dockerfile, t = 'hairem/agent-echo:0123456789abcdef', query = {}, files = [] }: Try) {
  const body = tarOf([{ name: 'Dockerfile', text: dockerfile }, ...files]);
  return namesIn(await checkBuild({ query: new URLSearchParams({ t, ...query }), body }, rules()));
}

test('our own Dockerfiles pass, with their files', async () => {
  const code = [
    { name: 'code', type: 'directory' },
    { name: 'code/logic.py', text: 'x' },
  ] as const;
  assert.deepEqual(await built({ dockerfile: bundle(), files: code }), ['Dockerfile', 'code', 'code/logic.py']);
  assert.deepEqual(await built({ dockerfile: deps(), t: 'hairem/deps:abcdef', query: LIMITED }), ['Dockerfile']);
  assert.deepEqual(await built({ dockerfile: bundle(DEPS) }), ['Dockerfile']);
});

test('what was sent for a base image is read to its end, so that its sender is done with it', async () => {
  const { dockerfile, tag: t, runtime: target } = bases.node;
  const query = new URLSearchParams({
    t,
    target,
    labels: JSON.stringify({ [LABEL.kind]: 'base', [LABEL.maker]: INSTALL }),
  });
  const files = ['a', 'b'].map((name) => ({ name: `typescript/${name}`, text: name.repeat(2 ** 20) }));
  const body = tarOf([{ name: 'Dockerfile', text: dockerfile }, ...files]);
  await checkBuild({ query, body }, rules());
  await finished(body);
});

test('a base image is built from the files of the gate', async () => {
  const { dockerfile, tag, runtime } = bases.node;
  const query = { target: runtime, labels: JSON.stringify({ [LABEL.kind]: 'base', [LABEL.maker]: INSTALL }) };
  const files = [{ name: 'typescript/src/main.ts', text: 'evil' }];
  const names = await built({ dockerfile, t: tag, query, files });
  assert.ok(names.includes('typescript/src/main.ts') && names.length > 10);
  await assert.rejects(built({ dockerfile, t: 'hairem/agent-echo:0123456789abcdef', query }), /it is not the tag/);
  await assert.rejects(built({ dockerfile, t: tag, query: { target: 'python' } }), /it is not the runtime/);
});

test('what our own steps are built with is what the gate knows of the home, whatever was sent', async () => {
  const { dockerfile, tag, runtime } = bases.node;
  const labels = JSON.stringify({ [LABEL.kind]: 'base', [LABEL.maker]: INSTALL });
  const buildargs = JSON.stringify({ HTTPS_PROXY: 'http://evil:1', HAIREM_INSTALL: 'other' });
  const none = 'localhost,127.0.0.0/8,::1,host.docker.internal';
  const proxies = {
    HTTPS_PROXY: 'http://proxy.home:3128',
    https_proxy: 'http://proxy.home:3128',
    NO_PROXY: none,
    no_proxy: none,
  };
  const sent = async (one: Record<string, string>, text: string) => {
    const query = new URLSearchParams({ ...one, buildargs });
    const context = await checkBuild({ query, body: tarOf([{ name: 'Dockerfile', text }]) }, rules());
    return { args: JSON.parse(query.get('buildargs') ?? ''), context: (await buffer(context)).toString() };
  };
  const base = await sent({ t: tag, target: runtime, labels }, dockerfile);
  assert.deepEqual(base.args, { HAIREM_INSTALL: INSTALL, ...proxies });
  assert.match(base.context, /\ncafile=/);
  const compilers = compilersDockerfile({ from: BASE, labels: { [LABEL.kind]: 'base', [LABEL.maker]: INSTALL } });
  assert.deepEqual((await sent({ t: compilersTagOn('python', BASE) }, compilers)).args, proxies);
  await assert.rejects(sent({ t: 'hairem/agent-echo:0123456789abcdef' }, bundle()), /buildargs/);
  await assert.rejects(sent({ t: 'hairem/deps:abcdef', ...LIMITED }, deps()), /buildargs/);
});

const bundleOf = (change: Record<string, string>) => bundle(BASE, labelsOf(INSTALL, { ...BUNDLE, ...change }));

test('no other Dockerfile passes', async () => {
  const tries: Record<string, string> = {
    'a step as root': `${bundle()}USER 0:0\nRUN id\n`,
    'a step before': `FROM ${BASE}\nRUN id\nLABEL a=b\nCOPY code/ /app/bundle/\n`,
    'a file from elsewhere': `${bundle()}ADD http://127.0.0.1/x /x\n`,
    'an image from elsewhere': bundle().replace(BASE, 'evil/image:1'),
    'a stage': `${bundle()}FROM ${BASE}\nRUN id\n`,
    'a directive': `# syntax=evil/frontend\n${bundle()}`,
    'an escape': `# escape=\`\n${bundle()}`,
    'a continued line': bundle().replace('COPY', '\\\nRUN id\nCOPY'),
    'a copy of all': bundle().replace('code/', '.'),
    'carriage returns': bundle().replaceAll('\n', '\r\n'),
    'a quoted label': bundle().replace('kind=bundle', 'kind="bundle"'),
    'a label twice': bundle().replace('LABEL ', `LABEL ${LABEL.orchestrator}=other `),
    'a label twice, of installs': deps().replace('LABEL ', `LABEL ${LABEL.build}=0 `),
    'the same label again': bundle().replace('LABEL ', `LABEL ${LABEL.orchestrator}=${INSTALL} `),
    'what stands for any': bundle().replace(/^FROM .*\nLABEL .*$/m, 'FROM any\nLABEL any=any'),
    'what stands for any, in one stage': deps().replace(
      /^FROM .* AS install\nLABEL .*$/m,
      'FROM any AS install\nLABEL any=any',
    ),
    'an ONBUILD': `${bundle()}ONBUILD RUN id\n`,
    nothing: '',
    'another command of pip': deps().replace('--no-cache-dir', '--index-url http://evil'),
    'in other letters': bundle().replace('FROM', 'from'),
  };
  for (const [what, dockerfile] of Object.entries(tries)) {
    await assert.rejects(built({ dockerfile }), { code: 'unauthorized' }, what);
  }
});

test('the labels and tags of an image are those of its kind', async () => {
  await assert.rejects(built({ dockerfile: bundle(FOREIGN) }), { code: 'not_found' });
  const tries: Try[] = [
    { dockerfile: bundleOf({ [LABEL.orchestrator]: '99999999' }) },
    { dockerfile: bundleOf({ [LABEL.kind]: 'base' }) },
    { dockerfile: bundleOf({ [LABEL.agent]: 'x/y' }) },
    { dockerfile: bundleOf({ 'com.docker.compose.service': 'redis' }) },
    { dockerfile: bundle(), t: 'hairem/agent-other:0123456789abcdef' },
    { dockerfile: bundle(), t: 'hairem/agent-echo:latest' },
    { dockerfile: bundle(), t: 'hairem/orchestrator:latest' },
    { dockerfile: bundle(), query: { target: 'node' } },
    { dockerfile: bundle(), query: { labels: '{}' } },
    { dockerfile: deps(), t: 'hairem/deps:other' },
    { dockerfile: deps(BASE, '99999999'), t: 'hairem/deps:abcdef', query: LIMITED },
    {
      dockerfile: compilersDockerfile({ from: BASE, labels: { [LABEL.kind]: 'base' } }),
      t: compilersTagOn('node', BASE),
    },
    { dockerfile: deps(), t: bases.node.tag },
  ];
  for (const one of tries) await assert.rejects(built(one), { code: 'unauthorized' }, JSON.stringify(one));
});

test('no context passes but Dockerfile, code/ and deps/', async () => {
  const tries: Record<string, File> = {
    'a second Dockerfile': { name: 'Dockerfile', text: 'FROM evil' },
    'the same by another name': { name: './Dockerfile', text: 'FROM evil' },
    'what is ignored': { name: '.dockerignore', text: '*' },
    'a symlink': { name: 'code/x', type: 'symlink', linkname: '/etc/shadow' },
    'a link': { name: 'code/x', type: 'link', linkname: 'Dockerfile' },
    'a device': { name: 'code/x', type: 'character-device' },
    'a way out': { name: 'code/../../x', text: '' },
    'a way to the Dockerfile': { name: 'code/../Dockerfile', text: 'FROM evil' },
    'an absolute name': { name: '/code/x', text: '' },
    'a line in a name': { name: 'code/a\nb', text: '' },
  };
  for (const [what, file] of Object.entries(tries)) {
    await assert.rejects(built({ dockerfile: bundle(), files: [file] }), (error) => error instanceof Error, what);
  }
});

test('a context that begins otherwise is refused', async () => {
  const query = new URLSearchParams({ t: 'hairem/agent-echo:0123456789abcdef' });
  const check = (body: Readable) => checkBuild({ query, body }, rules());
  const late = [{ name: 'code/x' }, { name: 'Dockerfile', text: bundle() }];
  await assert.rejects(check(tarOf(late)), /not Dockerfile/);
  await assert.rejects(check(tarOf([])), /empty/);
  await assert.rejects(check(Readable.from([Buffer.from('FROM evil\n'.repeat(100))])), { code: 'unauthorized' });
  await assert.rejects(check(tarOf([{ name: 'Dockerfile', text: 'x'.repeat(20_000) }])), /too long/);
  await assert.rejects(check(tarOf([{ name: 'Dockerfile', type: 'symlink', linkname: 'code/x' }])), /not Dockerfile/);
});

test('dependencies are installed with limits, on the network of a proxy to indexes', async () => {
  const { memory: _, ...unlimited } = LIMITED;
  const tries: Record<string, Record<string, string>> = {
    'no limits': {},
    'no memory limit': unlimited,
    swap: { ...LIMITED, memswap: '2048' },
    'all memory': { ...LIMITED, memory: '99999999999', memswap: '99999999999' },
    'all processors': { ...LIMITED, cpuquota: '99999999' },
    'a limit that is missing': { ...LIMITED, ulimits: JSON.stringify(ULIMITS.slice(1)) },
    'a limit twice': { ...LIMITED, ulimits: JSON.stringify([...ULIMITS.slice(1), ULIMITS[1]]) },
    'a limit that is none': { ...LIMITED, ulimits: JSON.stringify([...ULIMITS.slice(1), ulimit('nproc', 99999)]) },
    'the network of the host': { ...LIMITED, networkmode: 'default' },
    'a network that reaches out': { ...LIMITED, networkmode: 'hairem-net-of-indexes.out' },
    'the network of an agent': { ...LIMITED, networkmode: 'hairem-net-of-echo' },
  };
  for (const [what, query] of Object.entries(tries))
    await assert.rejects(built({ dockerfile: deps(), t: 'hairem/deps:abcdef', query }), { code: 'unauthorized' }, what);
  await assert.rejects(built({ dockerfile: bundle(), query: LIMITED }), { code: 'unauthorized' });
});
