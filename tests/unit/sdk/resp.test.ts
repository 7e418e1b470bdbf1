/** RESP3 as an instance reads and writes it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Push, packed, ReplyError, RespReader } from '../../../agent-base-image/typescript/src/runtime/resp.ts';

const READ: readonly [string, unknown][] = [
  ['+PONG\r\n', 'PONG'],
  [':1\r\n', 1],
  ['_\r\n', null],
  ['$-1\r\n', null],
  ['$0\r\n\r\n', ''],
  ['$4\r\n\r\né\r\n', '\r\né'],
  ['>3\r\n$9\r\nsubscribe\r\n$5\r\nctl:a\r\n:1\r\n', new Push(['subscribe', 'ctl:a', 1])],
  ['>4\r\n$8\r\npmessage\r\n$2\r\na*\r\n$1\r\na\r\n$2\r\né\r\n', new Push(['pmessage', 'a*', 'a', 'é'])],
  ['%2\r\n$5\r\nproto\r\n:3\r\n$7\r\nmodules\r\n*1\r\n%0\r\n', ['proto', 3, 'modules', [[]]]],
  ['-NOPERM no permission\r\n', new ReplyError('NOPERM no permission')],
];

const NOT_READ = [
  ...['\r\n', 'HTTP/1.1 400 Bad Request\r\n', '*1\r\n?\r\n', '$2\r\nabcd\r\n', ':x\r\n', ':\r\n'],
  ...['$', '*', '>', '%'].flatMap((kind) =>
    ['', 'x', '?', '1.5', 'Infinity', '99999999'].map((n) => `${kind}${n}\r\n`),
  ),
  `+${'x'.repeat(5_000_000)}`,
];

describe('RESP3', () => {
  for (const [text, value] of READ) {
    test(`${JSON.stringify(text)} is read, wherever its pieces end`, () => {
      const data = Buffer.from(text);
      for (let cut = 0; cut <= data.length; cut += 1) {
        const reader = new RespReader();
        const whole = [data.subarray(0, cut), data.subarray(cut), Buffer.from('+next\r\n')].flatMap((piece) =>
          reader.read(piece),
        );
        assert.deepEqual(whole, [value, 'next']);
      }
    });
  }

  test('what comes at once is read at once, in order', () => {
    const all = READ.map(([text]) => text).join('');
    assert.deepEqual(
      new RespReader().read(Buffer.from(all)),
      READ.map(([, value]) => value),
    );
  });

  for (const text of NOT_READ) {
    test(`${JSON.stringify(text.slice(0, 30))} is an error`, () => {
      assert.throws(() => new RespReader().read(Buffer.from(text)), /is not RESP3/);
    });
  }

  test('what is never whole is not kept for ever', () => {
    const reader = new RespReader();
    const blob = Buffer.from(`$2000000\r\n${'x'.repeat(2_000_000)}\r\n`);
    reader.read(Buffer.from('>9\r\n'));
    for (let n = 0; n < 2; n += 1) reader.read(blob);
    assert.throws(() => reader.read(blob), /is not RESP3/);
  });

  test('commands are packed by their bytes', () => {
    assert.equal(packed(['PUBLISH', 'é', '\r\n']), '*3\r\n$7\r\nPUBLISH\r\n$2\r\né\r\n$2\r\n\r\n\r\n');
  });
});
