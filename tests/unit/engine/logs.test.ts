/** Log frames into lines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logLines, MAX_LINE_BYTES, plainText } from '../../../orchestrator/src/engine/logs.ts';

function frame(channel: 1 | 2, text: string): Buffer {
  const bytes = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = channel;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

async function* inChunks(all: Buffer, size: number) {
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
}

const read = (all: Buffer, size = all.length) => Array.fromAsync(logLines(inChunks(all, size)));
const AT = '2026-01-02T03:04:05.678901234Z';

test('lines carry their time and channel, whatever the chunks', async () => {
  const all = Buffer.concat([frame(1, `${AT} out\n`), frame(2, `${AT} err é\n${AT} more\n`), frame(1, `${AT} last`)]);
  for (const size of [1, 3, 8, 1000]) {
    assert.deepEqual(await read(all, size), [
      { at: AT, stream: 'stdout', text: 'out' },
      { at: AT, stream: 'stderr', text: 'err é' },
      { at: AT, stream: 'stderr', text: 'more' },
      { at: AT, stream: 'stdout', text: 'last' },
    ]);
  }
});

test('a line may span frames while the other channel speaks in between', async () => {
  const all = Buffer.concat([frame(1, 'one '), frame(2, 'other\n'), frame(1, 'line\n')]);
  assert.deepEqual(
    (await read(all)).map((line) => line.text),
    ['other', 'one line'],
  );
});

test('a long line is cut and the next one is whole', async () => {
  const [long, next] = await read(Buffer.concat([frame(1, 'x'.repeat(100_000)), frame(1, '\nnext\n')]), 4096);
  assert.equal(long?.text.length, MAX_LINE_BYTES);
  assert.equal(next?.text, 'next');
});

test('control characters and terminal sequences are stripped, tabs stay', () => {
  assert.equal(plainText('\u001b[31mred\u001b[0m\ta\u0000b\u0007\r\u202e\u009b'), 'red\tab');
  assert.equal(plainText('\t[not] a sequence </script>'), '\t[not] a sequence </script>');
});

test('a log that is cut off in the middle of a frame gives what is there', async () => {
  const all = frame(1, 'half a line\n');
  assert.deepEqual(
    (await read(all.subarray(0, 12))).map((line) => line.text),
    ['half'],
  );
});
