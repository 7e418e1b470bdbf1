/** The owner's list over time: followed, and one that is wrong changes nothing. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createGrantFile } from '../../../orchestrator/src/grants/grant-file.ts';

let dir = '';
let path = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hairem-grants-'));
  path = join(dir, 'grants.yaml');
});
afterEach(() => rm(dir, { recursive: true }));

const open = () => createGrantFile({ path, isReserved: () => false });
const put = (text: string) => writeFile(path, text);

test('a list that is not there gives nothing, and counts when it comes, once it was read twice alike', async () => {
  const list = open();
  assert.equal(await list.look(), false);
  assert.equal(list.problem(), null);
  await put('agents: {a: {variables: [X]}}');
  assert.equal(await list.look(), false);
  assert.ok(list.isSettling());
  assert.equal(await list.look(), true);
  assert.deepEqual([list.grants('a').variables, list.grants('b').variables], [['X'], []]);
  assert.deepEqual([...list.variables()], ['X']);
  assert.equal(await list.look(), false);
});

test('a list that is wrong changes nothing and says where; a comment changes nothing either', async () => {
  await put('agents: {a: {variables: [X]}}');
  const list = open();
  assert.equal(await list.look(), true);
  await put('agents:\n  a: {variable: [Y]}\n');
  await list.look();
  assert.equal(await list.look(), false);
  assert.match(
    list.problem() ?? '',
    /grants\.yaml:2:7 agents\.a\.variable: unknown key "variable"; did you mean "variables"\?$/,
  );
  assert.deepEqual(list.grants('a').variables, ['X']);
  await put('# better\nagents: {a: {variables: [X]}}');
  await list.look();
  assert.equal(await list.look(), false);
  assert.equal(list.problem(), null);
  await rm(path);
  await list.look();
  assert.equal(await list.look(), true);
  assert.deepEqual(list.grants('a').variables, []);
});

test('what is no file is told, not read', async () => {
  await symlink('/etc/passwd', path);
  const link = open();
  await link.look();
  assert.match(link.problem() ?? '', /is a link/);
  await rm(path);
  await mkdir(path);
  const folder = open();
  await folder.look();
  assert.match(folder.problem() ?? '', /is no regular file/);
  await rm(path, { recursive: true });
  await put(`# ${'x'.repeat(65 * 1024)}`);
  const large = open();
  await large.look();
  assert.match(large.problem() ?? '', /is larger than 64 KB/);
});
