/**
 * One connection to Redis, everything on it (BUS.md, rule 1). It never reconnects by itself: whether that is allowed
 * is a rule of the handover (rule 9), so a lost connection is said once, and a new one is a new object.
 */

import { Redis } from 'ioredis';
import { SendError } from '../send-error.ts';
import { reasonOf } from '../thrown.ts';

export interface ConnectionOptions {
  host: string;
  port: number;
  username: string;
  password: string;
}

/** Called straight from the socket, one message after the other, in the order of the stream. */
export interface Ears {
  onPattern(channel: string, text: string): void;
  onChannel(channel: string, text: string): void;
  /** Once, when the connection is gone. */
  onLost(why: Error): void;
}

export interface Connection {
  subscribe(names: { patterns: readonly string[]; channels: readonly string[] }): Promise<void>;
  /**
   * Resolves when Redis has acknowledged it, with how many clients it was given to; with null when the connection is
   * gone and nothing was sent. Throws SendError refused, too_large, unknown_outcome.
   */
  publish(channel: string, text: string): Promise<number | null>;
  close(): void;
}

const LARGEST_BYTES = 1024 * 1024;
const CONNECT_MS = 1_500;
const BEAT_MS = 1_000;
/** No PONG in so many beats is a lost connection. Beats and not time: a blocked event loop is not Redis' silence. */
const SILENT_BEATS = 3;

/** How ioredis says that a command never left. */
const NOT_WRITTEN = /^Stream isn't writeable/;

/** Resolves when it is ready for commands; rejects with what Redis or the network said. */
export async function connect(options: ConnectionOptions, ears: Ears): Promise<Connection> {
  const redis = new Redis({
    ...options,
    db: 0,
    protocol: 3, // PUBLISH works on a subscribed connection
    lazyConnect: true,
    enableReadyCheck: false, // INFO is refused
    disableClientInfo: true, // so is CLIENT SETINFO, and Redis 7.0 does not know it
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    connectTimeout: CONNECT_MS,
    commandTimeout: 30_000,
    retryStrategy: () => null,
  });
  let said: Error | null = null;
  redis.on('error', (error: Error) => {
    said = error;
  });
  await connectOrExplain(redis, () => said);
  return listen(redis, ears, () => said);
}

async function connectOrExplain(redis: Redis, said: () => Error | null): Promise<void> {
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw said() ?? error;
  }
}

function listen(redis: Redis, ears: Ears, said: () => Error | null): Connection {
  let up = true;
  const lose = (why: Error) => {
    if (!up) return;
    up = false;
    clearInterval(heart);
    redis.disconnect();
    ears.onLost(why);
  };
  redis.on('pmessage', (_pattern: string, channel: string, text: string) => ears.onPattern(channel, text));
  redis.on('message', (channel: string, text: string) => ears.onChannel(channel, text));
  redis.on('end', () => lose(said() ?? new Error('the connection was closed')));
  const heart = startHeart(redis, lose);
  return {
    async subscribe({ patterns, channels }) {
      await redis.psubscribe(...patterns);
      await redis.subscribe(...channels);
    },
    async publish(channel, text) {
      if (!up) return null;
      if (Buffer.byteLength(text) > LARGEST_BYTES) throw new SendError('too_large', 'a message may have 1 MiB');
      try {
        return await redis.publish(channel, text);
      } catch (thrown) {
        const error = thrown as Error;
        if (isReply(error)) throw new SendError('refused', `${channel}: ${error.message}`, { cause: error });
        lose(error);
        if (NOT_WRITTEN.test(error.message)) return null;
        throw new SendError('unknown_outcome', `the connection was lost: ${error.message}`, { cause: error });
      }
    },
    close: () => {
      up = false;
      clearInterval(heart);
      redis.disconnect();
    },
  };
}

function startHeart(redis: Redis, lose: (why: Error) => void): NodeJS.Timeout {
  let silent = 0;
  return setInterval(() => {
    if (silent >= SILENT_BEATS) return lose(new Error('Redis did not answer a PING'));
    silent += 1;
    if (silent > 1) return;
    redis.ping().then(
      () => {
        silent = 0;
      },
      (error: Error) => lose(error),
    );
  }, BEAT_MS);
}

/** Redis answered, with an error: the connection is well. */
function isReply(error: Error): boolean {
  return error.name === 'ReplyError';
}

/** Redis does not know this user, or not with this password. */
export function isAuthFailure(error: unknown): boolean {
  return /WRONGPASS|NOAUTH|invalid username-password/.test(reasonOf(error));
}
