/** Frames come in whatever pieces the socket makes of them; one that breaks the rules ends the connection. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { LARGEST_FRAME_BYTES, type StoreHead } from '../../../orchestrator/src/domain/messages/store-call.ts';
import { encodeFrame, onFrames } from '../../../orchestrator/src/store/frames.ts';

const HEAD: StoreHead = { type: 'reply', id: 7, ok: true };

function listened() {
  const played = Object.assign(new EventEmitter(), {
    destroyed: null as Error | null,
    destroy(error: Error) {
      played.destroyed = error;
    },
  });
  const frames: [StoreHead, string][] = [];
  const socket: Pick<Socket, 'on' | 'destroy'> = played as EventEmitter as Socket;
  onFrames(socket as Socket, (head, body) => frames.push([head, body.toString()]));
  return { played, frames };
}

const lengths = (head: number, body: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(head, 0);
  bytes.writeUInt32BE(body, 4);
  return bytes;
};

describe('frames of the store', () => {
  const three = Buffer.concat(['', 'body', 'ü'.repeat(5_000)].flatMap((body) => encodeFrame(HEAD, Buffer.from(body))));
  for (const size of [1, 3, 8, 9, 100, 10_000, three.length]) {
    test(`in pieces of ${size} bytes`, () => {
      const { played, frames } = listened();
      for (let at = 0; at < three.length; at += size) played.emit('data', three.subarray(at, at + size));
      assert.deepEqual(frames, [
        [HEAD, ''],
        [HEAD, 'body'],
        [HEAD, 'ü'.repeat(5_000)],
      ]);
    });
  }

  for (const [name, bytes] of Object.entries({
    'a body above the limit': lengths(10, LARGEST_FRAME_BYTES),
    'a head above the limit': lengths(256 * 1024 + 1, 0),
    'lengths of all ones': Buffer.alloc(8, 0xff),
    'a head that is no JSON': Buffer.concat([lengths(4, 0), Buffer.from('{{{{')]),
    'a head that is deep': Buffer.concat([lengths(100_000, 0), Buffer.alloc(100_000, '[')]),
  })) {
    test(`${name} ends the connection`, () => {
      const { played, frames } = listened();
      played.emit('data', bytes);
      assert.ok(played.destroyed);
      assert.deepEqual(frames, []);
    });
  }

  test('what is too large is not sent', () => {
    assert.throws(() => encodeFrame(HEAD, Buffer.alloc(LARGEST_FRAME_BYTES)), { code: 'too_large' });
  });
});
