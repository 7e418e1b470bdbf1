/** What orchestrator/design/ARCHITECTURE.md lists is there, and what is there is listed: routes and commands. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { COMMANDS } from '../../orchestrator/src/cli/command-table.ts';
import { SERVICES } from '../../orchestrator/src/cli/processes.ts';
import { AUTH, apiRig } from '../support/harness/api-rig.ts';

const document = await readFile(new URL('../../orchestrator/design/ARCHITECTURE.md', import.meta.url), 'utf8');

/** What stands in backticks in the first column of the table with this head. */
function listed(head: string): string[] {
  const [, table = ''] = document.split(`| ${head} |`);
  const [rows = ''] = table.split('\n\n');
  const columns = [...rows.matchAll(/^\| (`.*?`) \|/gm)].map(([, column = '']) => column);
  return columns.flatMap((column) => [...column.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text));
}

test('routes', async (t) => {
  const rig = apiRig();
  t.after(() => rig.app.close());
  const response = await rig.app.inject({ url: '/openapi.json', headers: AUTH });
  const { paths } = response.json<{ paths: Record<string, object> }>();
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('{id}', ':id')}`),
  );
  const written = listed('route | what').flatMap((text) => {
    const [, before = '', either = '', after = ''] = /^([^?{]*)(?:\{(.*)\})?([^?]*)/.exec(text) ?? [];
    return either.split(',').map((one) => before + one + after);
  });
  assert.deepEqual(written.sort(), routes.sort());
});

test('commands', () => {
  const LAUNCHER = ['up', 'down', 'test'];
  const written = listed('command | talks to').flatMap((text) => text.split(' '));
  const known = [...LAUNCHER, ...[...COMMANDS, ...SERVICES].map(({ name }) => name)];
  assert.deepEqual(written.sort(), known.sort());
});
