/** logic.py that would end at its start, said beforehand where no Python is needed to tell: one line for each way. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { checkPython } from '../../../orchestrator/src/bundle/python/check-python.ts';
import { PYTHON_SDK_NAMES } from '../../../orchestrator/src/bundle/python/python-sdk.ts';
import { said } from './said-of.ts';

const FILES = new Set(['logic.py', 'lamp.py', 'lib/__init__.py', 'lib/hue.py', 'Driver.py']);
const faultsOf = (text: string, bringsModules = false) =>
  checkPython({ path: 'logic.py', text, files: FILES, bringsModules }).map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  );

const FAULTS: [string, string, string][] = [
  ['a relative import', 'from .lib import hue\n', '1:1 logic.py is in no package: write from lib import …'],
  [
    'a relative import of a file',
    'x = 1\nfrom . import lamp\n',
    '2:1 logic.py is in no package: write from <file> import …',
  ],
  [
    'a module that is not there',
    'import requests\n',
    '1:1 there is no module requests: write "requests" and its version into requirements.txt',
  ],
  [
    'a part of one',
    'from requests.auth import HTTPBasicAuth\n',
    '1:1 there is no module requests: write "requests" and its version into requirements.txt',
  ],
  [
    'one of several',
    'import os, aiohttp as http, sys\n',
    '1:1 there is no module aiohttp: write "aiohttp" and its version into requirements.txt',
  ],
  [
    'one whose package is called otherwise',
    'import yaml\n',
    '1:1 there is no module yaml: write "PyYAML" and its version into requirements.txt',
  ],
  ['another case', 'import Lamp\n', '1:1 there is no module Lamp in the bundle, but lamp: the case matters'],
  [
    'behind a docstring',
    '"""Says\nimport nothing\n"""\nimport requests\n',
    '4:1 there is no module requests: write "requests" and its version into requirements.txt',
  ],
  ['no block', 'def f():\nreturn 1\n', '2:1 expected an indented block'],
  ['no block at the end', 'class Agent:\n', '1:1 an indented block must follow this line'],
  ['an indent for nothing', 'x = 1\n  y = 2\n', '2:3 unexpected indent'],
  ['an indent of no line above', 'if x:\n    a\n  b\n', '3:3 its indent is that of no line above'],
  ['tabs and spaces', 'if 1:\n\tx = 1\n        y = 2\n', '3:9 tabs and spaces are mixed: indent with spaces alone'],
  ['a bracket that is never closed', 'x = f(1,\n\ny = 2\n', "1:6 '(' was never closed"],
  ['a bracket of another kind', 'x = [1)\n', "1:7 ')' does not match '[' of line 1"],
  ['a bracket that closes nothing', 'x = 1)\n', "1:6 ')' closes nothing"],
  ['a string without its end', "x = 'no\ny = 1\n", '1:5 a string has no end'],
  ['a long string without its end', 'x = 1\ny = """no\n', '2:5 a string of three quotes has no end'],
  [
    'a type parameter',
    'class Box[T]:\n    pass\n',
    '1:1 type parameters came with Python 3.12; the image has Python 3.11: use TypeVar',
  ],
  [
    'a function with one',
    'def f[T](x: T): pass\n',
    '1:1 type parameters came with Python 3.12; the image has Python 3.11: use TypeVar',
  ],
  [
    'a type statement',
    'type Lamp = int\n',
    '1:1 "type X = …" came with Python 3.12; the image has Python 3.11: use TypeAlias',
  ],
  [
    'an except of Python 3.14',
    'try:\n    pass\nexcept A, B:\n    pass\n',
    '3:1 "except A, B:" came with Python 3.14; the image has Python 3.11: write except (A, B):',
  ],
  ['a t-string', 'x = t"{y}"\n', '1:1 t"…" came with Python 3.14; the image has Python 3.11'],
  ['print of Python 2', 'print "hello"\n', '1:1 print is a function: print("…")'],
  [
    'await without async',
    'class A:\n    def setup(self):\n        await f()\n',
    '3:9 await in a function without async: async def',
  ],
  [
    'async with without async',
    'def f():\n    async with x: pass\n',
    '2:5 await in a function without async: async def',
  ],
  ['await outside of a function', 'await f()\n', '1:1 await outside of a function'],
];
describe('logic.py that would end at its start', () => {
  for (const [what, text, fault] of FAULTS) test(what, () => assert.deepEqual(faultsOf(text), [fault]));
});

const WELL = [
  'import os.path, asyncio\nfrom collections.abc import Callable\nfrom __future__ import annotations\n',
  'import lamp\nfrom lib.hue import Hue\nimport lib\n',
  'from hairem import BaseAgent\n',
  'from hairem import (BaseAgent as Base, JsonObject,)\nclass Agent(Base): pass\n',
  'from lib.hue import *\nclass Agent(BaseAgent): pass\n',
  'import hairem\nclass Agent(hairem.BaseAgent): pass\n',
  'x = 1 if y else 2\nwith a as b, c as d: pass\nelse_ = {1: 2}\ntry: x\nexcept: y\nfinally: z\n',
  'try:\n    import requests\nexcept ImportError:\n    requests = None\n',
  'if True:\n    from .lib import hue\n',
  'x = (\n1,\n  2)\ny = [\n]\n',
  'def f(): return 1\nclass A: pass\n',
  'if x: # why: because\n    y = {1: 2}\n\n# a comment\n  # another\n    z = 1\n',
  'x = """\n   def f(\n"""\ny = \'\'\'"\'\'\'\n',
  'x = "a\\"b # no comment"\ny = r"\\\\"\n',
  'x = 1 + \\\n    2\n',
  'if x:\n\ty = 1\n\tz = 2\n',
  'match command:\n    case {"on": True}:\n        pass\n    case _:\n        pass\n',
  'async def f():\n    def g(): pass\n    await x\n    async for y in z: pass\n',
  'async def f():\n    return [await x for x in y]\n',
  'type = 1\ntype_of = type\nmatch = type\nprint("x")\nt = "x"\nawaited = 1\nself.await_it()\n',
  'try:\n    pass\nexcept (A, B):\n    pass\nexcept* C as e:\n    pass\n',
  'x = f"{y!r:>{width}}"\nz = rb"\\x00"\n',
  '\uFEFFimport os\r\nif os:\r\n    x = 1\r\n',
  'def f(\n    a,\n    b):\n    return a\n',
  'class A:\n    """Doc."""\n\n    x: int = 1\n\f\nclass B: pass\n',
  'def f():\n    return (await x for x in y)\ndef g():\n    return (x async for x in y)\ndef h():\n    return (x for x in y if await z)\n',
  '@decorator\nasync def f(): await g()\n',
  '',
];
describe('logic.py that runs', () => {
  for (const text of WELL) test(JSON.stringify(text), () => assert.deepEqual(faultsOf(text), []));
  test('where requirements bring modules', () => assert.deepEqual(faultsOf('import requests\n', true), []));
});

test('the names of the SDK are those that it gives', async () => {
  const init = await readFile(new URL('../../../agent-base-image/python/hairem/__init__.py', import.meta.url), 'utf8');
  const all = /__all__ = \[([^\]]*)\]/.exec(init)?.[1]?.match(/\w+/g) ?? [];
  assert.deepEqual(all.sort(), [...PYTHON_SDK_NAMES].sort());
});

test('validate says it with its place', async (t) => {
  const logic = 'from hairem import BaseAgent\nimport requests\n\nclass Agent(BaseAgent):\n    pass\n';
  assert.deepEqual(await said(t, { 'logic.py': logic }), [
    'logic.py:2:1 there is no module requests: write "requests" and its version into requirements.txt',
  ]);
  assert.deepEqual(await said(t, { 'logic.py': logic, 'requirements.txt': 'requests==2.32.0\n' }), []);
  assert.deepEqual(await said(t, { 'logic.py': logic, 'requests/__init__.py': '' }), []);
});
