/**
 * A response that goes on: text pieces from an async iterable, kept alive while it is quiet, ended when the client
 * leaves or the server closes. The iterable is pulled only as fast as the client reads.
 */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Clock } from '../../domain/ports/ports.ts';
import type { Frames } from './frames.ts';

export const KEEP_ALIVE_MS = 15_000;

interface StreamOptions {
  clock: Clock;
  frames: Frames;
  /** Aborted when the server closes, or the token is another. */
  closing: AbortSignal;
}

/**
 * @param start is given the signal that ends the stream, and must make its iterable end by it; and `drop`, which cuts
 * a reader off that does not keep up
 */
export function sendStream(
  reply: FastifyReply,
  start: (signal: AbortSignal, drop: () => void) => AsyncIterable<string>,
  { clock, frames, closing }: StreamOptions,
): FastifyReply {
  const left = new AbortController();
  const signal = AbortSignal.any([left.signal, closing]);
  const pieces = start(signal, () => body.destroy(new Error('the reader was too slow')));
  const body = Readable.from(keptAlive(pieces, { clock, frames, signal }));
  // not the body's own 'close': that one waits for the iterable, which waits for this signal
  reply.raw.once('close', () => left.abort());
  return reply.type(`${frames.mediaType}; charset=utf-8`).header('x-accel-buffering', 'no').send(body);
}

interface KeepAlive {
  clock: Clock;
  frames: Frames;
  signal: AbortSignal;
}

async function* keptAlive(pieces: AsyncIterable<string>, { clock, frames, signal }: KeepAlive): AsyncIterable<string> {
  const iterator = pieces[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    if (frames.opening !== '') yield frames.opening;
    while (!signal.aborted) {
      const winner = await firstOf(next, { clock, signal });
      if (winner === 'quiet') yield frames.keepAlive;
      else if (winner === 'ended' || winner.done === true) return;
      else {
        yield winner.value;
        next = iterator.next();
      }
    }
  } finally {
    next.catch(() => {});
    void iterator.return?.();
  }
}

type Next = IteratorResult<string>;

/** The next piece, or that none came for a while, or that the stream is to end. */
async function firstOf(
  next: Promise<Next>,
  { clock, signal }: Omit<KeepAlive, 'frames'>,
): Promise<Next | 'quiet' | 'ended'> {
  const timer = new AbortController();
  const waking = AbortSignal.any([signal, timer.signal]);
  const quiet = clock.sleep(KEEP_ALIVE_MS, waking).then(
    () => 'quiet' as const,
    () => 'ended' as const,
  );
  try {
    return await Promise.race([next, quiet]);
  } finally {
    timer.abort();
  }
}
