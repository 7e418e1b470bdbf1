/** Files of other tools: each is named with what is read in its place, and none that may hold a token is in an image. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { validateBundle } from '../../../orchestrator/src/bundle/validate-bundle.ts';
import { type Files, MANIFEST, scannerOf, temporaryFolder, writeFiles } from './bundle-folder.ts';

const TS = { 'logic.ts': "import { BaseAgent } from '@hairem/agent';\nexport class Agent extends BaseAgent {}\n" };
const PY = { 'logic.py': 'from hairem import BaseAgent\nclass Agent(BaseAgent): pass\n' };
const MANY = { 'package.json': '{"dependencies": {"left-pad": "1"}}' };
const LOCK = JSON.stringify({ lockfileVersion: 3, packages: {} });
const BY_NPM = '`npm install --package-lock-only` writes it from package.json';
const TO_NODE = 'is not read: the agent runs on Node, and package.json lists its packages';
const TO_PYTHON = 'is not read: the agent runs on Python, and requirements.txt lists its packages';
const GRANT =
  'is neither read nor put into the image, since it may hold a token; packages come from the public index: for another one add to deploy/grants.yaml, under "agents:":  echo: {build: {sources: ["https://…/"]}}';

/** [file, what else is there, what is said of it]. */
const UNREAD: [string, Files, string][] = [
  ['yarn.lock', { ...TS, ...MANY }, `is not read; package-lock.json is: ${BY_NPM}`],
  ['yarn.lock', { ...TS, ...MANY, 'package-lock.json': LOCK }, 'is not read; package-lock.json is read instead'],
  ['yarn.lock', { ...TS, ...MANY, 'npm-shrinkwrap.json': LOCK }, 'is not read; npm-shrinkwrap.json is read instead'],
  ['pnpm-lock.yaml', { ...TS, ...MANY }, `is not read; package-lock.json is: ${BY_NPM}`],
  ['pnpm-workspace.yaml', { ...TS, ...MANY }, 'is not read; package.json is read instead'],
  ['bun.lock', { ...TS, ...MANY }, `is not read; package-lock.json is: ${BY_NPM}`],
  ['bun.lockb', { ...TS, ...MANY }, `is not read; package-lock.json is: ${BY_NPM}`],
  ['deno.lock', TS, `is not read; package-lock.json is: ${BY_NPM}`],
  ['deno.json', TS, 'is not read; package.json is: list what it imports there'],
  ['package.yaml', TS, 'is not read; package.json is: write it as JSON'],
  ['package-lock.json', TS, 'is not read without package.json, which lists what is installed'],
  ['npm-shrinkwrap.json', TS, 'is not read without package.json, which lists what is installed'],
  [
    'package-lock.json',
    { ...TS, ...MANY, 'npm-shrinkwrap.json': LOCK },
    'is not read; npm-shrinkwrap.json is read instead',
  ],
  ['package-lock.json', PY, TO_PYTHON],
  ['poetry.lock', TS, TO_NODE],
  ['poetry.lock', PY, 'is not read; requirements.txt is: `poetry export -o requirements.txt` writes it'],
  ['Pipfile', PY, 'is not read; requirements.txt is: `pipenv requirements > requirements.txt` writes it'],
  ['Pipfile.lock', PY, 'is not read; requirements.txt is: `pipenv requirements > requirements.txt` writes it'],
  ['uv.lock', PY, 'is not read; requirements.txt is: `uv export --no-emit-project -o requirements.txt` writes it'],
  ['uv.lock', { ...PY, 'requirements.txt': 'idna' }, 'is not read; requirements.txt is read instead'],
  ['pdm.lock', PY, 'is not read; requirements.txt is: `pdm export -o requirements.txt` writes it'],
  ['pylock.toml', PY, 'is not read; requirements.txt is: write its packages there, one a line'],
  ['environment.yml', PY, 'is not read; requirements.txt is: write its packages there, one a line'],
  ['setup.py', PY, 'is not read; requirements.txt is: write its packages there, one a line'],
  ['requirements.in', PY, 'is not read; requirements.txt is: `pip-compile requirements.in` writes it'],
  ['requirements-prod.txt', PY, 'is not read; requirements.txt is: call it so'],
  ['Requirements.txt', PY, 'is not read; requirements.txt is: call it so'],
  ...['.npmrc', 'lib/.npmrc', '.yarnrc.yml', 'bunfig.toml', 'pip.conf', 'pip.ini', '.pypirc', 'uv.toml', '.netrc'].map(
    (name): [string, Files, string] => [name, PY, GRANT],
  ),
];

/** [file, its text, what else is there, what is said of it]. */
const ASKING: [string, string, Files, string | null][] = [
  [
    'pyproject.toml',
    '[project]\ndependencies = ["idna"]\n',
    PY,
    'is not read; requirements.txt is: `uv pip compile pyproject.toml -o requirements.txt` writes it',
  ],
  [
    'pyproject.toml',
    '[tool.poetry.dependencies]\nidna = "3"\n',
    PY,
    'is not read; requirements.txt is: `uv pip compile pyproject.toml -o requirements.txt` writes it',
  ],
  ['pyproject.toml', '[tool.ruff]\nline-length = 120\n', PY, null],
  [
    'setup.cfg',
    '[options]\ninstall_requires =\n  idna\n',
    PY,
    'is not read; requirements.txt is: write its packages there, one a line',
  ],
  ['setup.cfg', '[flake8]\n', PY, null],
  [
    'requirements.txt',
    'idna\n',
    TS,
    `${TO_NODE}; logic.py, or "runtime: python" in the manifest, makes it run on Python`,
  ],
  ['requirements.txt', '# nothing yet\n\n', TS, null],
  ['package.json', '{"dependencies": {"left-pad": "1"}}', PY, TO_PYTHON],
  ['package.json', '{"name": "echo", "dependencies": {}}', PY, null],
  ['requirements-dev.txt', 'pytest\n', { ...PY, 'requirements.txt': 'idna\n' }, null],
  ['npm-shrinkwrap.json', LOCK, { ...TS, ...MANY }, null],
];

async function saidOf(t: test.TestContext, file: string, files: Files): Promise<string[]> {
  const dir = join(await temporaryFolder(t), 'echo');
  await writeFiles(dir, { 'manifest.yaml': `${MANIFEST}network: {egress: none}\n`, ...files });
  const { problems, valid } = await validateBundle(dir);
  assert.ok(valid, JSON.stringify(problems));
  return problems.filter((one) => one.file === file).map(({ severity, message }) => `${severity}: ${message}`);
}

describe('a file that is not read is named with what is read', () => {
  for (const [file, files, message] of UNREAD)
    test(`${file} beside ${Object.keys(files).join(', ')}`, async (t) =>
      assert.deepEqual(await saidOf(t, file, { [file]: 'x', ...files }), [`warning: ${message}`]));
  for (const [file, text, files, message] of ASKING)
    test(`${file} that says ${JSON.stringify(text)}`, async (t) =>
      assert.deepEqual(
        await saidOf(t, file, { ...files, [file]: text }),
        message === null ? [] : [`warning: ${message}`],
      ));
});

test('settings of package managers are in no image, and change no version', async (t) => {
  const bundle = { 'echo/manifest.yaml': MANIFEST, 'echo/logic.py': PY['logic.py'] };
  const scanner = await scannerOf(t, bundle);
  const versionOf = async () => {
    const [agent] = (await scanner.settled(0)).crew.agents;
    assert.ok(agent?.kind === 'valid');
    return agent;
  };
  const before = await versionOf();
  const names = ['.npmrc', 'lib/.npmrc', 'lib/pip.conf', '.netrc', '.pypirc'];
  await writeFiles(join(scanner.agents, 'echo'), Object.fromEntries(names.map((name) => [name, 'token'])));
  const after = await versionOf();
  assert.equal(after.version.imageHash, before.version.imageHash);
  const copied = await readdir(after.snapshot.dir, { recursive: true });
  assert.deepEqual(
    copied.filter((name) => /npmrc|pip\.conf|netrc|pypirc/.test(name)),
    [],
  );
});

test('npm-shrinkwrap.json is a lock file like package-lock.json', async (t) => {
  const scanner = await scannerOf(t, {
    'echo/manifest.yaml': MANIFEST,
    'echo/logic.ts': TS['logic.ts'],
    'echo/package.json': MANY['package.json'],
    'echo/npm-shrinkwrap.json': LOCK,
  });
  const [agent] = (await scanner.settled(0)).crew.agents;
  assert.ok(agent?.kind === 'valid');
  assert.equal(agent.snapshot.hasLock, true);
  assert.deepEqual((await readdir(join(agent.snapshot.dir, 'deps'))).sort(), ['npm-shrinkwrap.json', 'package.json']);
});
