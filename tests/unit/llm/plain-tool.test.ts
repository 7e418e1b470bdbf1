/** Schemas of skills as people write them, and as strict providers take them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainTool } from '../../../orchestrator/src/services/llm/tool-schema.ts';

const own = { a: { type: 'string', required: true }, b: { type: 'string', required: false, enum: ['x'] } };
const rows: [given: unknown, sent: unknown][] = [
  [undefined, { type: 'object', properties: {} }],
  [null, { type: 'object', properties: {} }],
  [{}, { type: 'object', properties: {} }],
  [{ type: 'object' }, { type: 'object', properties: {} }],
  [
    { type: 'object', properties: null, required: null },
    { type: 'object', properties: {} },
  ],
  [
    { type: 'object', properties: [], required: [] },
    { type: 'object', properties: {} },
  ],
  [
    { properties: own, additionalProperties: false },
    {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string', enum: ['x'] } },
      required: ['a'],
      additionalProperties: false,
    },
  ],
  [
    { type: 'object', properties: { a: {}, required: { type: 'boolean' } }, required: ['a'] },
    { type: 'object', properties: { a: {}, required: { type: 'boolean' } }, required: ['a'] },
  ],
];

for (const [parameters, sent] of rows) {
  test(`${JSON.stringify(parameters)}`, () => {
    const tool = { type: 'function', function: { name: 'f', description: null, parameters, strict: true } };
    assert.deepEqual(plainTool(tool), { type: 'function', function: { name: 'f', strict: true, parameters: sent } });
  });
}
