/** One listener that fails keeps nobody from hearing, and is told once per kind, with its number. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { createListeners } from '../../../orchestrator/src/async/listeners.ts';
import { createFailures, type Failure } from '../../../orchestrator/src/domain/errors/failures.ts';
import type { Log } from '../../../orchestrator/src/domain/ports/log.ts';
import { surviveFailures } from '../../../orchestrator/src/process/uncaught-errors.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('one throws, one rejects, one goes away meanwhile: the others hear', async () => {
  const told: Failure[] = [];
  const listeners = createListeners<[string]>(
    'words',
    createFailures((failure) => told.push(failure)),
  );
  const heard: string[] = [];
  listeners.add(() => {
    throw new RangeError('too deep');
  });
  const leave = listeners.add(() => leave());
  listeners.add(async () => {
    throw new TypeError('late');
  });
  listeners.add((word) => heard.push(word));
  listeners.tell('one');
  listeners.tell('two');
  await settled();
  assert.deepEqual(heard, ['one', 'two']);
  assert.deepEqual(
    told.map(({ about, error, count }) => [about, (error as Error).name, count]),
    [
      ['words', 'RangeError', 1],
      ['words', 'TypeError', 1],
    ],
  );
});

test('the same function may listen twice, and leaves once', () => {
  const listeners = createListeners<[]>('words', () => {});
  let calls = 0;
  const hear = () => {
    calls += 1;
  };
  const leave = listeners.add(hear);
  listeners.add(hear);
  leave();
  listeners.tell();
  assert.equal(calls, 1);
});

describe('failures are told', () => {
  const countsOf = (times: number, errorOf: (n: number) => unknown) => {
    const counts: number[] = [];
    const note = createFailures(({ count }) => counts.push(count));
    for (let n = 0; n < times; n += 1) note(errorOf(n), 'here');
    return counts;
  };

  test('the first time, the 10th, the 100th', () => {
    assert.deepEqual(
      countsOf(1_500, () => new Error('x')),
      [1, 10, 100, 1000],
    );
  });

  test('by bounded kinds, whatever names errors give themselves', () => {
    const named = (n: number) => Object.assign(new Error('x'), { name: `E${n}` });
    assert.ok(countsOf(50_000, named).length <= 106);
  });
});

test('what nobody caught is a line, and no end', () => {
  const lines: unknown[] = [];
  const error: Log['error'] = (_message, fields) => void lines.push(fields?.kind);
  const source = new EventEmitter();
  const leave = surviveFailures({ error } as Log, source);
  source.emit('uncaughtException', new Error('x'));
  source.emit('unhandledRejection', new Error('y'));
  source.emit('unhandledRejection', new Error('y'));
  leave();
  assert.deepEqual(lines, ['thrown', 'rejected']);
  assert.equal(source.listenerCount('uncaughtException'), 0);
});
