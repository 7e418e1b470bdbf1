/** What compose itself makes of files of settings: the launcher is held to the same by tests/unit/env-file.test.ts. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are for compose
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import * as z from 'zod';
import { ENV_FILES } from '../support/builders/env-files.ts';

const run = promisify(execFile);
const COMPOSE = 'services: {a: {image: x, command: ["${A-not set}"], env_file: [.env]}}\n';
const config = z.object({ services: z.object({ a: z.object({ command: z.array(z.string()) }) }) });

describe('compose reads an .env with', () => {
  let root = '';
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'hairem-env-'));
    await writeFile(join(root, 'compose.yaml'), COMPOSE);
  });
  after(() => rm(root, { recursive: true }));

  for (const { what, text, a, shell = {} } of ENV_FILES) {
    test(what, async () => {
      await writeFile(join(root, '.env'), text);
      const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...shell };
      const { stdout } = await run('docker', ['compose', 'config', '--format', 'json'], { cwd: root, env });
      const [said = ''] = config.parse(JSON.parse(stdout)).services.a.command;
      // It writes a dollar as two, so that what it prints may be read again.
      assert.equal(said.replaceAll('$$', '$'), a ?? 'not set');
    });
  }
});
