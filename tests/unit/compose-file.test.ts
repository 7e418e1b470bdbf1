/** What docker-compose.yml must be for compose of older hosts and for a fresh clone. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFile(new URL(path, root), 'utf8');

test('files of variables have the form that compose before 2.24 knows, and by default one that is there and empty', async () => {
  const paths = /\n( +)env_file:\n((?:\1 +- .+\n)+)/.exec(await read('docker-compose.yml'))?.[2] ?? '';
  const fallbacks = paths
    .trim()
    .split(/\n */)
    .map((line) => /^- \$\{HAIREM_\w+:-([\w./]+)\}$/.exec(line)?.[1]);
  // It takes no item twice.
  assert.deepEqual(fallbacks, ['deploy/empty.env', './deploy/empty.env'], paths);
  const lines = (await read('deploy/empty.env')).trim().split('\n');
  assert.ok(lines.every((line) => line.startsWith('#')));
});

test('each process has the time zone of the home', async () => {
  const services = (await read('docker-compose.yml')).split('\nservices:\n')[1]?.split('\nnetworks:')[0] ?? '';
  const parts = services.split(/\n(?= {2}[a-z]+:\n)/).filter((part) => !/^(?:\s*#.*\n)* {2}init:/.test(part));
  assert.ok(parts.length >= 5);
  for (const part of parts) assert.match(part, /TZ: "?\$\{TZ:-UTC\}"?/);
});
