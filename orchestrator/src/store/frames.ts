/** Frames between `services`, the store and its children: two lengths, a JSON head, a body that nobody on the way reads. */

import type { Socket } from 'node:net';
import { asError } from '../domain/errors/error-text.ts';
import { HairemError } from '../domain/errors/errors.ts';
import { LARGEST_FRAME_BYTES, type StoreHead } from '../domain/messages/store-call.ts';
import { parseJson } from '../domain/text/json-text.ts';

const LENGTHS = 8;
const LARGEST_HEAD_BYTES = 256 * 1024;
const NOTHING = Buffer.alloc(0);

/** @throws HairemError too_large */
export function encodeFrame(head: StoreHead, body: Uint8Array = NOTHING): Buffer[] {
  const text = Buffer.from(JSON.stringify(head));
  if (text.length > LARGEST_HEAD_BYTES || text.length + body.length > LARGEST_FRAME_BYTES) {
    const size = text.length + body.length;
    throw new HairemError('too_large', `${size} bytes are too many for one call of the store: ask for less`);
  }
  const lengths = Buffer.alloc(LENGTHS);
  lengths.writeUInt32BE(text.length, 0);
  lengths.writeUInt32BE(body.length, 4);
  return [lengths, text, Buffer.from(body.buffer, body.byteOffset, body.byteLength)];
}

/** @throws HairemError too_large */
export function sendFrame(socket: Socket, head: StoreHead, body?: Uint8Array): void {
  const parts = encodeFrame(head, body);
  socket.cork();
  for (const part of parts) if (part.length > 0) socket.write(part);
  socket.uncork();
}

/** Reads frames of a socket; one that breaks their rules is cut off. */
export function onFrames(socket: Socket, take: (head: StoreHead, body: Buffer) => void): void {
  const parts: Buffer[] = [];
  let length = 0;
  /** So many bytes at once, from the parts that have come. */
  const whole = () => {
    if (parts.length > 1) parts.splice(0, parts.length, Buffer.concat(parts, length));
    return parts[0] ?? NOTHING;
  };
  const next = (): boolean => {
    if (length < LENGTHS) return false;
    if ((parts[0]?.length ?? 0) < LENGTHS) whole();
    const [headBytes, bodyBytes] = lengthsIn(parts[0] ?? NOTHING);
    const end = LENGTHS + headBytes + bodyBytes;
    if (length < end) return false;
    const bytes = whole();
    const rest = bytes.subarray(end);
    parts.splice(0, parts.length, rest);
    length = rest.length;
    const head = parseJson(bytes.toString('utf8', LENGTHS, LENGTHS + headBytes)) as StoreHead;
    take(head, bytes.subarray(LENGTHS + headBytes, end));
    return true;
  };
  socket.on('data', (part: Buffer) => {
    parts.push(part);
    length += part.length;
    try {
      while (next());
    } catch (error) {
      socket.destroy(asError(error));
    }
  });
}

function lengthsIn(bytes: Buffer): [number, number] {
  const [head, body] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
  if (head > LARGEST_HEAD_BYTES || head + body > LARGEST_FRAME_BYTES) throw new Error('a frame above its limit');
  return [head, body];
}
