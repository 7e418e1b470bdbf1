/** One version in one place: package.json at the root. What else names it reads it from there, or is its lock file. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import hairem from '../../package.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(ROOT + path, 'utf8');
const { version } = hairem;

interface Manifest {
  version?: string;
  packages?: Record<string, { version?: string; link?: boolean }>;
}

/** What it says of a version of ours: its own, and in a lock file those of folders of this repository. */
function versionsIn(path: string): Record<string, string> {
  if (path.endsWith('.toml') || path.endsWith('.py')) {
    const own = /^(?:__)?version(?:__)? = "(.*)"/m.exec(read(path))?.[1];
    return own === undefined ? {} : { [path]: own };
  }
  const manifest = JSON.parse(read(path)) as Manifest;
  const folders = Object.entries(manifest.packages ?? {}).filter(([folder]) => !folder.includes('node_modules'));
  const all = [[path, manifest], ...folders.map(([folder, one]) => [`${path}: "${folder}"`, one] as const)] as const;
  return Object.fromEntries(all.flatMap(([name, one]) => (one.version === undefined ? [] : [[name, one.version]])));
}

test('no other manifest says a version of its own', () => {
  const files = globSync(
    ['{.,*,*/*}/{package,package-lock}.json', '*/*/pyproject.toml', '*/python/hairem/__init__.py'],
    {
      cwd: ROOT,
      exclude: ['**/node_modules', 'tests', 'agents'],
    },
  );
  assert.ok(files.includes('agent-base-image/python/pyproject.toml') && files.length > 5, files.join(' '));
  assert.deepEqual(Object.assign({}, ...files.map(versionsIn)), {
    'package.json': version,
    'package-lock.json': version,
    'package-lock.json: ""': version,
  });
});

describe('what names it reads it there', () => {
  test('the command line', () => {
    const { stdout } = spawnSync(process.execPath, ['orchestrator/src/cli/main.ts', 'version'], { cwd: ROOT });
    assert.equal(String(stdout), `hairem ${version}\n`);
  });

  test("the launcher, for the image's label", () => {
    const script = '. deploy/say.sh; . deploy/settings.sh; own_version';
    assert.equal(String(spawnSync('sh', ['-c', script], { cwd: ROOT }).stdout), `${version}\n`);
    assert.match(read('deploy/prepare.sh'), /HAIREM_VERSION=\$\(own_version\)/);
    assert.match(read('docker-compose.yml'), /args:\n(?: {6}\S.*\n)* {6}HAIREM_VERSION: \$\{HAIREM_VERSION:/);
    assert.match(read('orchestrator/Dockerfile'), /^LABEL org\.opencontainers\.image\.version=\$HAIREM_VERSION/m);
  });

  test('the API, for /api/status and /openapi.json', () => {
    const sources = globSync('orchestrator/src/**/*.ts', { cwd: ROOT }).map(read);
    const own = sources.filter((text) => text.includes("/package.json'"));
    assert.ok(own.some((text) => /buildServer\(.*version: hairem\.version/.test(text)));
    assert.deepEqual(
      own.filter((text) => !/^import hairem from '[./]+\/package\.json' with/m.test(text)),
      [],
    );
  });
});
