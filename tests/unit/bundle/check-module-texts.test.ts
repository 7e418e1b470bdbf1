/** What dies at the start because of its own words, said beforehand: one line for each, with its place. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Files } from './bundle-folder.ts';
import { AGENT, LIB, said, TOP } from './said-of.ts';

/** [what, line behind the first, other files, what is said of it]. */
const FAULTS: [string, string, Files, string][] = [
  [
    'the SDK by another name',
    "import { x } from '@hairem/sdk';",
    {},
    "logic.ts:2:19 @hairem/sdk is not there: the SDK is '@hairem/agent'",
  ],
  [
    'require',
    "const fs = require('fs');",
    {},
    "logic.ts:2:12 require is not there in a module: write import … from '…'",
  ],
  [
    'require, later',
    "export function f() { return require('fs'); }",
    {},
    "warning logic.ts:2:30 require is not there in a module: write import … from '…'",
  ],
  [
    'import(), which may fail and be caught',
    "export const f = () => import('./lib/lamp');",
    LIB,
    'warning logic.ts:2:31 there is no ./lib/lamp in the bundle: write ./lib/lamp.ts',
  ],
  [
    '__dirname',
    'const here = __dirname;',
    {},
    'logic.ts:2:14 __dirname is not there in a module: write import.meta.dirname',
  ],
  [
    '__filename',
    'const here = { at: __filename };',
    {},
    'logic.ts:2:20 __filename is not there in a module: write import.meta.filename',
  ],
  [
    'module.exports',
    'module.exports = { f: 1 };',
    {},
    'logic.ts:2:1 module is not there in a module: write export class …, export const …',
  ],
  [
    'an enum',
    'enum Colour { red }',
    {},
    'logic.ts:2:1 TypeScript enum is not supported in strip-only mode (types are stripped, not compiled)',
  ],
  [
    'a namespace',
    'namespace X { export const a = 1 }',
    {},
    'logic.ts:2:1 TypeScript namespace declaration is not supported in strip-only mode (types are stripped, not compiled)',
  ],
  [
    'a parameter property',
    'class Lamp { constructor(private on: boolean) {} }',
    {},
    'logic.ts:2:34 TypeScript parameter property is not supported in strip-only mode (types are stripped, not compiled)',
  ],
  [
    'import = require',
    "import x = require('x');",
    {},
    'logic.ts:2:1 TypeScript import equals declaration is not supported in strip-only mode (types are stripped, not compiled)',
  ],
  [
    'a decorator',
    '@dim class Lamp {}',
    {},
    'logic.ts:2:1 decorators are not part of JavaScript yet: Node cannot run them',
  ],
  ['a name given twice', 'let x = 1;\nlet x = 2;', {}, "logic.ts:3:5 Identifier 'x' has already been declared"],
];

describe('logic.ts that would die at its start', () => {
  for (const [what, line, files, expected] of FAULTS)
    test(what, async (t) =>
      assert.deepEqual(await said(t, { 'logic.ts': `${TOP}${line}\n${AGENT}`, ...files }), [expected]),
    );
});
