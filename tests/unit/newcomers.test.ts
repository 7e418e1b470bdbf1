/** What a newcomer is told works: the commands of CONTRIBUTING.md, the devcontainer, the forms and the workflow. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import hairem from '../../package.json' with { type: 'json' };
import { LANES } from '../run/lanes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(ROOT + path, 'utf8');
const none = (offenders: readonly string[]) => assert.deepEqual(offenders, []);
const contributing = read('CONTRIBUTING.md');
/** What stands in code: blocks and words in backticks. */
const code = [...contributing.matchAll(/^```sh\n(.*?)^```|`([^`\n]+)`/gms)].map(
  ([, block, words]) => block ?? words ?? '',
);

describe('CONTRIBUTING.md', () => {
  test('names scripts of package.json', () => {
    const named = code.flatMap((text) => [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name));
    assert.ok(named.includes('dev') && named.includes('check'));
    none(named.filter((name) => !(name in hairem.scripts)));
  });

  test('names files and folders that are there', () => {
    const words = code.flatMap((text) => text.split(/\s+/)).filter((word) => /^[\w.-]+\/[\w./-]*$/.test(word));
    const ours = words.filter((path) => !/^(ghcr\.io|node_modules|\.dev)\//.test(path) && !path.startsWith('../'));
    assert.ok(ours.length > 10, ours.join(' '));
    none(ours.filter((path) => !existsSync(ROOT + path) && !existsSync(`${ROOT}agent-base-image/python/${path}`)));
  });

  test('names the groups of tests, and a name that a test has', () => {
    const groups = /one group: `(.*?)`/.exec(contributing)?.[1];
    assert.equal(groups, ['check', ...LANES.map(({ name }) => name)].join(' '));
    const [, pattern = '', file = ''] = /--test-name-pattern='(.*?)' (\S+)/.exec(contributing) ?? [];
    assert.match(read(file), new RegExp(`test\\('[^']*${pattern}`));
  });

  test('is short', () => assert.ok(contributing.split('\n').length < 100));
});

test('editors are offered the same in the devcontainer as without it', () => {
  const devcontainer = read('.devcontainer/devcontainer.json').replaceAll(/^\s*\/\/.*$/gm, '');
  const { customizations, postCreateCommand, image } = JSON.parse(devcontainer);
  assert.deepEqual(customizations.vscode.extensions, JSON.parse(read('.vscode/extensions.json')).recommendations);
  assert.ok(existsSync(ROOT + postCreateCommand), postCreateCommand);
  const [major] = /\d+/.exec(hairem.engines.node) ?? [];
  assert.match(image, new RegExp(`:${major}-`));
});

test('every package of ours wants the same Node', () => {
  const manifests = ['orchestrator/package.json', 'agent-base-image/typescript/package.json'].map(read);
  for (const text of manifests) assert.deepEqual(JSON.parse(text).engines, hairem.engines);
});

describe('.github', () => {
  test('runs what anybody runs', () => {
    const { jobs } = parse(read('.github/workflows/test.yml'));
    const runs = jobs.test.steps.map(({ run = '' }: { run?: string }) => run);
    assert.ok(runs.includes('sudo .ci/run'), runs.join('\n'));
  });

  for (const path of globSync('.github/ISSUE_TEMPLATE/*.yml', { cwd: ROOT }).filter((it) => !it.endsWith('config.yml')))
    test(`${path} is a form`, () => {
      const { name, description, body } = parse(read(path));
      assert.ok(name.length > 0 && description.length > 0);
      const fields = body.filter(({ type }: { type: string }) => type !== 'markdown');
      const ids = fields.map(({ id }: { id: string }) => id);
      assert.ok(ids.length > 1 && new Set(ids).size === ids.length);
      none(fields.filter(({ attributes }: { attributes: { label?: string } }) => !attributes.label));
    });
});
