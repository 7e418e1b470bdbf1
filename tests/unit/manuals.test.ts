/** What is written beside the code: links of the manuals, files that they name, and lock files. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const none = (offenders: readonly string[]) => assert.deepEqual(offenders, []);
const isOurs = (path: string) => !path.includes('node_modules');

test('links in the manuals lead somewhere', () => {
  const manuals = globSync('{.,*,*/*}/*.md', { cwd: ROOT }).filter(isOurs);
  const linked = manuals.flatMap((path) => {
    const links = readFileSync(ROOT + path, 'utf8').matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g);
    return [...links].map(([, to = '']) => ({ path, to, target: posix.join(posix.dirname(path), to) }));
  });
  assert.ok(linked.length > 0);
  none(linked.filter(({ target }) => !existsSync(ROOT + target)).map(({ path, to }) => `${path}: ${to}`));
});

test('lock files name no host: they work with any registry', () => {
  const locks = globSync('{.,*,*/*}/package-lock.json', { cwd: ROOT }).filter(isOurs);
  assert.ok(locks.length > 0);
  none(locks.filter((path) => /"resolved": "[a-z+]+:/.test(readFileSync(ROOT + path, 'utf8'))));
});

test('DESIGN.md names files that are there', () => {
  const text = readFileSync(`${ROOT}orchestrator/DESIGN.md`, 'utf8');
  const files = [...text.matchAll(/`([\w/-]+\.ts)`/g)].map(([, file = '']) => file);
  assert.ok(files.length > 60);
  const isThere = (file: string) =>
    ['', 'rollout/'].some((from) => existsSync(`${ROOT}orchestrator/src/${from}${file}`));
  none(files.filter((file) => !isThere(file) && !existsSync(ROOT + file)));
});

test('the manuals name tests that are there', () => {
  const have = globSync('{tests,agents,agent-base-image}/**/*.test.ts', { cwd: ROOT }).filter(isOurs);
  const manuals = globSync('{.,*,*/*}/*.md', { cwd: ROOT }).filter(isOurs);
  const named = manuals.flatMap((manual) => {
    const texts = [...readFileSync(ROOT + manual, 'utf8').matchAll(/`([^`\n*]*\.test\.ts)`/g)];
    return texts.flatMap(([, text = '']) => spread(text).map((name) => ({ manual, name })));
  });
  assert.ok(named.length > 50);
  const isThere = (name: string) => have.some((path) => path === name || path.endsWith(`/${name}`));
  none(named.filter(({ name }) => !isThere(name)).map(({ manual, name }) => `${manual}: ${name}`));
});

/** `a/{b,c}.test.ts`: both of them. */
function spread(text: string): string[] {
  const [all = '', names = ''] = /\{(.*)\}/.exec(text) ?? [];
  return all === '' ? [text] : names.split(',').map((name) => text.replace(all, name));
}
