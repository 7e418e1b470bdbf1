/** `./hairem down --volumes` on an engine with two installations: what the other one needs stays. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LABEL } from '../../orchestrator/src/domain/labels.ts';
import { createDockerHost } from '../../orchestrator/src/engine/docker-host.ts';
import { systemClock } from '../../orchestrator/src/process/system-clock.ts';
import { ENGINE_SOCKET, engine } from '../support/host/engine.ts';
import { removeEverything } from '../support/installation/remove.ts';
import { contextOf } from './host-harness.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const idOf = () => `dn${randomBytes(4).toString('hex')}`;
const [going, staying] = [idOf(), idOf()];
const builder = createDockerHost({
  socketPath: ENGINE_SOCKET,
  installId: going,
  redis: { container: 'none' },
  subnet: '10.219.0.0/16',
  clock: systemClock,
});

let count = 0;
async function image(installId: string, kind: string, from = 'redis:7-bookworm'): Promise<string> {
  count += 1;
  const owner = kind === 'bundle' || kind === 'install' ? LABEL.orchestrator : LABEL.maker;
  const labels = { [owner]: installId, [LABEL.kind]: kind, ...(kind === 'bundle' ? { [LABEL.agent]: 'alpha' } : {}) };
  const context = await contextOf(`FROM ${from}\nENV N=${installId}-${count}\n`);
  return builder.buildImage({ tag: `hairem/agent-alpha:${installId}-${count}`, labels, context });
}

const isThere = (id: string) =>
  engine('GET', `/images/${id}/json`).then(
    () => true,
    () => false,
  );

after(async () => {
  await removeEverything(staying);
  for (const label of [LABEL.orchestrator, LABEL.maker])
    for (const one of [going, staying]) {
      const { stdout } = await run('docker', ['images', '-aq', '--filter', `label=${label}=${one}`]);
      for (const id of stdout.split('\n').filter(Boolean))
        await engine('DELETE', `/images/${id}?force=true`, { accept: [404, 409] });
    }
});

test('images go with their installation, unless another one needs them', async () => {
  const base = await image(going, 'base');
  const compilers = await image(going, 'base', base);
  const deps = await image(going, 'deps', base);
  const bundle = await image(going, 'bundle', deps);
  const stage = await image(going, 'install', compilers);
  const sharedBase = await image(going, 'base');
  const shared = await image(going, 'deps', sharedBase);
  const standing = await image(staying, 'bundle', shared);
  const used = await image(going, 'bundle');
  const theirs = await image(staying, 'deps', sharedBase);
  const Labels = { [LABEL.orchestrator]: staying };
  await engine('POST', '/containers/create', { body: { Image: used, Labels } });
  const script = `set -u; . deploy/say.sh; . deploy/images.sh; remove_images_of ${going}`;
  const { stderr } = await run('sh', ['-c', script], { cwd: root });
  const isLeft = async (ids: Record<string, string>) =>
    Object.fromEntries(await Promise.all(Object.entries(ids).map(async ([name, id]) => [name, await isThere(id)])));
  assert.deepEqual(await isLeft({ base, compilers, deps, bundle, stage, sharedBase, shared, standing, used, theirs }), {
    ...{ base: false, compilers: false, deps: false, bundle: false, stage: false },
    ...{ sharedBase: true, shared: true, standing: true, used: true, theirs: true },
  });
  assert.match(stderr, /removing 5 image\(s\)/);
});
