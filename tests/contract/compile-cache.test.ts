/** What V8 made of the runtime's code when the image was built is what an agent starts with: counted, not timed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const BASE = fileURLToPath(new URL('../../agent-base-image/', import.meta.url));
const DOCKERFILE = readFileSync(join(BASE, 'Dockerfile'), 'utf8');
const WARMED = /^RUN HAIREM_WARM=1 (node .*)$/m.exec(DOCKERFILE)?.[1]?.split(' ') ?? [];
const STARTED: string[] = JSON.parse(/^CMD (\["node".*\])$/m.exec(DOCKERFILE)?.[1] ?? '[]');

describe('the cache of compiled code', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hairem-cache-'));
  after(() => rmSync(folder, { recursive: true }));
  cpSync(join(BASE, 'typescript'), join(folder, 'hairem'), { recursive: true });

  /** @returns what became of each cache that was looked at */
  function start(environment: Record<string, string>): string[] {
    const args = STARTED.slice(1).map((arg) => arg.replace('/opt/hairem', join(folder, 'hairem')));
    const env = { NODE_COMPILE_CACHE: join(folder, 'cache'), NODE_DEBUG_NATIVE: 'COMPILE_CACHE', ...environment };
    const { stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    return [...stderr.matchAll(/V8 code cache for .* was (accepted|not initialized|rejected)/g)].map(
      ([, fate]) => `${fate}`,
    );
  }

  test('is warmed with the very command that starts an agent', () => {
    assert.ok(STARTED.length > 1);
    assert.deepEqual(WARMED, STARTED);
  });

  test('holds every file that an agent starts with', () => {
    assert.ok(start({ HAIREM_WARM: '1' }).every((fate) => fate === 'not initialized'));
    const files = globSync(join(folder, 'cache/*/*')).length;
    const fates = start({}); // ends where it misses its environment, when everything is loaded
    assert.ok(files > 100); // two for each: without its types, and compiled
    assert.ok(fates.length >= files / 2 - 1); // index.ts is what bundles import
    assert.ok(fates.every((fate) => fate === 'accepted'));
  });
});
