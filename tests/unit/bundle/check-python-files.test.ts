/** Every Python file of a bundle is looked at: what logic.py loads ends the agent, the rest is a warning. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { LIMITS } from '../../../orchestrator/src/bundle/limits.ts';
import { checkPythonFiles } from '../../../orchestrator/src/bundle/python/check-python-files.ts';
import { validateBundle } from '../../../orchestrator/src/bundle/validate-bundle.ts';
import { assertLinear } from '../../support/builders/cost.ts';
import { type Files, MANIFEST, temporaryFolder, writeFiles } from './bundle-folder.ts';

async function said(texts: Readonly<Record<string, string>>, bringsModules = false): Promise<string[]> {
  const files = new Set(Object.keys(texts));
  const problems = await checkPythonFiles({ texts: new Map(Object.entries(texts)), files, bringsModules });
  return problems.map(
    ({ severity, file, line, column, message }) => `${severity} ${file}:${line}:${column} ${message}`,
  );
}

const BROKEN = 'def f():\nreturn 1\n';
const NO_BLOCK = '2:1 expected an indented block';
const LOADS: Readonly<Record<string, [logic: string, file: string, more?: Readonly<Record<string, string>>]>> = {
  'import a': ['import a\n', 'a.py'],
  'import a as b, c': ['import os, a as b\n', 'a.py'],
  'from a import b': ['from a import b\n', 'a.py'],
  'a package': ['import lib\n', 'lib/__init__.py'],
  'a module of a package': ['import lib.a\n', 'lib/a.py'],
  'the package of a module': ['import lib.b\n', 'lib/__init__.py', { 'lib/b.py': '' }],
  'a module as a name': ['from lib import (b, a)\n', 'lib/a.py'],
  'a relative import': ['import lib.b\n', 'lib/a.py', { 'lib/b.py': 'from .a import x\n' }],
  'a relative name': ['import lib.b\n', 'lib/a.py', { 'lib/b.py': 'from . import a\n' }],
  'a relative import of the folder above': ['import lib.x.b\n', 'lib/a.py', { 'lib/x/b.py': 'from ..a import x\n' }],
  'from file to file': ['import b\n', 'a.py', { 'b.py': 'import c\n', 'c.py': 'import a\n' }],
  'in a circle': ['import b\n', 'a.py', { 'b.py': 'import logic\nimport a\n' }],
};

for (const [name, [logic, file, more = {}]] of Object.entries(LOADS)) {
  test(`loaded: ${name}`, async () =>
    assert.deepEqual(await said({ 'logic.py': logic, ...more, [file]: BROKEN }), [`error ${file}:${NO_BLOCK}`]));
}

const LATER: Readonly<Record<string, string>> = {
  'nobody names it': '',
  'only a function does': 'def f():\n    import a\n',
  'where its failure may be expected': 'try:\n    import a\nexcept Exception:\n    pass\n',
  'behind a line that is broken': 'import b = 1)\nimport a\n',
};

for (const [name, logic] of Object.entries(LATER)) {
  test(`a warning, for it may never be loaded: ${name}`, async () =>
    assert.ok((await said({ 'logic.py': logic, 'a.py': BROKEN })).includes(`warning a.py:${NO_BLOCK}`)));
}

test('imports of a file that is not loaded are its own business', async () =>
  assert.deepEqual(await said({ 'logic.py': '', 'tests/test_a.py': 'import pytest\nfrom logic import *\n' }), []));

const IMPORTS: Readonly<Record<string, [Readonly<Record<string, string>>, string[]]>> = {
  'a package that is in no requirements.txt': [
    { 'logic.py': 'import a\n', 'a.py': 'import requests\n' },
    ['error a.py:1:1 there is no module requests: write "requests" and its version into requirements.txt'],
  ],
  'a file in the same folder': [
    { 'logic.py': 'import lib.a\n', 'lib/a.py': 'import b\n', 'lib/b.py': '' },
    ['error lib/a.py:1:1 there is no module b at the top of the bundle, but one in lib/: write from .b import …'],
  ],
  'a relative import at the top': [
    { 'logic.py': 'import a\n', 'a.py': 'from . import b\n' },
    ['error a.py:1:1 a.py is in no package: write from <file> import …'],
  ],
  'a relative import in a folder': [
    { 'logic.py': 'import lib.a\n', 'lib/a.py': 'from . import b\n', 'lib/b.py': '' },
    [],
  ],
  'who says where modules are': [
    { 'logic.py': 'import sys\nsys.path.append("lib")\nimport a\n', 'lib/a.py': 'import b\n', 'lib/b.py': '' },
    [],
  ],
  'a file with the name of a module of Python': [{ 'logic.py': 'import json\n', 'json.py': 'import requests\n' }, []],
};

for (const [name, [texts, expected]] of Object.entries(IMPORTS))
  test(`an import: ${name}`, async () => assert.deepEqual(await said(texts), expected));

const LOGIC = 'from hairem import BaseAgent\nimport lamp\n\n\nclass Agent(BaseAgent):\n    pass\n';
const bundle = async (t: Parameters<typeof temporaryFolder>[0], files: Files) => {
  const dir = join(await temporaryFolder(t), 'echo');
  await writeFiles(dir, { 'manifest.yaml': MANIFEST, 'logic.py': LOGIC, 'lamp.py': '', ...files });
  return validateBundle(dir);
};

test('validate says it with file, line and column', async (t) => {
  const { valid, problems } = await bundle(t, { 'lamp.py': BROKEN, 'old/lamp.py': 'print "hello"\n' });
  assert.equal(valid, false);
  assert.deepEqual(
    problems.map(({ severity, file, line, column }) => [severity, file, line, column]),
    [
      ['error', 'lamp.py', 2, 1],
      ['warning', 'old/lamp.py', 1, 1],
    ],
  );
});

test('of files that are too large nothing is said', async (t) => {
  const large = `${'#'.repeat(LIMITS.outlineBytes)}\n${BROKEN}`;
  assert.deepEqual((await bundle(t, { 'lamp.py': large })).problems, []);
});

test('thousands of files cost what they hold', () =>
  assertLinear(async (size) => {
    const texts = Object.fromEntries(Array.from({ length: size }, (_, n) => [`f${n}.py`, `import f${n + 1}\n`]));
    assert.equal((await said({ 'logic.py': 'import f0\n', ...texts })).length, 1);
  }, 500));
