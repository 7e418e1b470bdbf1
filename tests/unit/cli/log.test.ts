/** One JSON line per entry, levels obeyed, errors and circles survive. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { createLog } from '../../../orchestrator/src/process/log.ts';

function collect(level: 'debug' | 'info' | 'warn' | 'error') {
  const lines: string[] = [];
  const log = createLog({ level, timestamp: () => '2026-01-01T00:00:00Z', write: (line) => lines.push(line) });
  return { log, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>), lines };
}

test('writes one line with the fields, newlines escaped', () => {
  const { log, lines } = collect('info');
  log.info('swapped\nit', { agent: 'echo', inst: 2 });
  assert.deepEqual(lines, [
    '{"at":"2026-01-01T00:00:00Z","level":"info","message":"swapped\\nit","agent":"echo","inst":2}\n',
  ]);
});

test('says nothing below its level', () => {
  const { log, entries } = collect('warn');
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  assert.deepEqual(
    entries().map((entry) => entry.message),
    ['c', 'd'],
  );
});

test('an error keeps its code, stack and cause', () => {
  const { log, entries } = collect('info');
  log.error('failed', { error: new HairemError('conflict', 'no', { cause: new Error('why') }) });
  const error = entries()[0]?.error as { code: string; stack: string; cause: { message: string } };
  assert.equal(error.code, 'conflict');
  assert.match(error.stack, /HairemError: no/);
  assert.equal(error.cause.message, 'why');
});

test('circles, big integers and endless strings do not throw', () => {
  const { log, lines } = collect('info');
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  log.info('odd', { circle, big: 10n, long: 'x'.repeat(100_000) });
  assert.ok((lines[0]?.length ?? 0) < 9000);
});

test('secrets are taken out of every text before it is cut, and the line stays JSON', () => {
  const lines: string[] = [];
  const redact = (text: string) => text.replaceAll('sesame', '***');
  const log = createLog({ level: 'info', timestamp: () => 'sesame', write: (line) => lines.push(line), redact });
  log.info('open sesame', { error: new Error('no sesame'), long: `${'x'.repeat(8190)}sesame` });
  const { at, message, error } = JSON.parse(lines[0] ?? '') as Record<string, Record<string, string>>;
  assert.deepEqual([at, message, error?.message], ['sesame', 'open ***', 'no ***']);
  assert.doesNotMatch(lines[0] ?? '', /xses|(?<!"at":")sesame/);
});
