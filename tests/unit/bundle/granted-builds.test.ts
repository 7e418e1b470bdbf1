/** What the owner grants for dependencies: another reading of the same files, and another image. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadBundle, validateBundle } from '../../../orchestrator/src/bundle/validate-bundle.ts';
import type { DesiredAgent } from '../../../orchestrator/src/domain/desired.ts';
import { DEFAULT_GRANT } from '../../../orchestrator/src/domain/grants.ts';
import { MANIFEST, scannerOf } from './bundle-folder.ts';

const FILES = {
  'echo/manifest.yaml': MANIFEST,
  'echo/logic.ts': 'export class Agent extends BaseAgent {}\n',
  'echo/package.json': '{"dependencies": {"a": "https://nas.local/a.tgz"}}',
};
const granting = (...sources: string[]) => ({
  grants: () => ({ ...DEFAULT_GRANT, build: { compilers: false, sources } }),
});
const versionOf = (agent: DesiredAgent | undefined) => {
  assert.ok(agent?.kind === 'valid', JSON.stringify(agent));
  return agent.version;
};

test('a grant that comes, changes and goes is followed', async (t) => {
  const scanner = await scannerOf(t, FILES);
  const refused = (await scanner.settled(0)).crew.agents[0];
  assert.match(JSON.stringify(refused), /deploy\/grants\.yaml/);
  const scan = async (now: number, options = {}) => (await scanner.scan(now, options)).crew.agents[0];
  const one = versionOf(await scan(10_000, granting('https://nas.local/')));
  const other = versionOf(await scan(11_000, granting('https://nas.local/', 'https://x.local/')));
  assert.equal(one.codeHash, other.codeHash);
  assert.notEqual(one.depsHash, other.depsHash);
  assert.equal((await scan(12_000))?.kind, 'invalid');
});

test('validate and build read the same list', async (t) => {
  const { agents, workDir } = await scannerOf(t, FILES);
  const path = join(agents, 'echo');
  const { grants } = granting('https://nas.local/');
  assert.deepEqual([(await validateBundle(path)).valid, (await validateBundle(path, grants)).valid], [false, true]);
  const request = { path, workDir, baseHashes: { node: 'base' } };
  assert.deepEqual(
    [(await loadBundle(request)).kind, (await loadBundle({ ...request, grants })).kind],
    ['invalid', 'valid'],
  );
});
