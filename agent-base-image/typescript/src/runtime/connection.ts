/**
 * One connection to Redis, everything on it (BUS.md, rule 1). It never reconnects by itself: whether that is allowed
 * is a rule of the handover (rule 9), so a lost connection is said once, and a new one is a new object.
 */

import { createConnection, type Socket } from 'node:net';
import { SendError } from '../send-error.ts';
import { reasonOf } from '../thrown.ts';
import { Push, packed, type Reply, ReplyError, RespReader } from './resp.ts';

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
   * Written before it returns. Null when the connection is gone, its loss told, and nothing was sent; else resolves when
   * Redis has acknowledged it, with how many clients it was given to. Rejects with SendError refused, too_large,
   * unknown_outcome.
   */
  publish(channel: string, text: string): Promise<number> | null;
  close(): void;
}

const LARGEST_BYTES = 1024 * 1024;
const CONNECT_MS = 1_500;
/** For the answers while it connects. */
const ANSWER_MS = 3_000;
const BEAT_MS = 1_000;
/** No PONG in so many beats is a lost connection. Beats and not time: a blocked event loop is not Redis' silence. */
const SILENT_BEATS = 3;

/** Resolves when it is ready for commands; rejects with what Redis or the network said. */
export async function connect(options: ConnectionOptions, ears: Ears): Promise<Connection> {
  const connection = new SocketConnection(options, ears);
  try {
    await connection.open(options);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** One command that Redis has not answered yet. SUBSCRIBE is answered by a push for each name. */
interface Slot {
  pushes: number;
  resolve(reply: Reply): void;
  reject(why: Error): void;
}

class SocketConnection implements Connection {
  readonly #socket: Socket;
  readonly #ears: Ears;
  readonly #reader = new RespReader();
  readonly #slots: Slot[] = [];
  #up = true;
  #said: Error | null = null;
  #silentBeats = 0;
  #heart: NodeJS.Timeout | undefined;

  constructor({ host, port }: ConnectionOptions, ears: Ears) {
    this.#ears = ears;
    this.#socket = createConnection({ host, port, noDelay: true });
    this.#socket.setTimeout(CONNECT_MS, () => this.#socket.destroy(new Error('Redis did not answer in time')));
    this.#socket.on('connect', () => this.#socket.setTimeout(ANSWER_MS));
    this.#socket.on('data', (piece: Buffer) => this.#read(piece));
    this.#socket.on('error', (error) => {
      this.#said = error;
    });
    this.#socket.on('close', () => this.#lose(this.#gone()));
  }

  async open({ username, password }: ConnectionOptions): Promise<void> {
    // Protocol 3: PUBLISH works on a subscribed connection.
    await Promise.all([this.#send(['HELLO', '3', 'AUTH', username, password]), this.#send(['PING'])]);
    this.#socket.setTimeout(0);
    this.#heart = setInterval(() => this.#beat(), BEAT_MS);
  }

  async subscribe({ patterns, channels }: { patterns: readonly string[]; channels: readonly string[] }): Promise<void> {
    await this.#send(['PSUBSCRIBE', ...patterns], patterns.length);
    await this.#send(['SUBSCRIBE', ...channels], channels.length);
  }

  publish(channel: string, text: string): Promise<number> | null {
    if (!this.#socket.writable) this.#lose(this.#gone()); // its end may not have been told yet
    return this.#up ? this.#acknowledged(channel, text) : null;
  }

  async #acknowledged(channel: string, text: string): Promise<number> {
    if (Buffer.byteLength(text) > LARGEST_BYTES) throw new SendError('too_large', 'a message may have 1 MiB');
    try {
      return Number(await this.#send(['PUBLISH', channel, text]));
    } catch (thrown) {
      const error = thrown as Error;
      const isReply = error instanceof ReplyError; // the connection is well
      if (isReply) throw new SendError('refused', `${channel}: ${error.message}`, { cause: error });
      throw new SendError('unknown_outcome', `the connection was lost: ${error.message}`, { cause: error });
    }
  }

  close(): void {
    this.#up = false;
    clearInterval(this.#heart);
    this.#socket.destroy();
  }

  async #send(command: readonly string[], pushes = 0): Promise<Reply> {
    if (!this.#up) throw this.#gone();
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    this.#slots.push({ pushes, resolve, reject });
    this.#socket.write(packed(command));
    return promise;
  }

  #read(piece: Buffer): void {
    for (const item of this.#whole(piece)) {
      if (!this.#up) return;
      if (item instanceof Push) this.#hear(item.parts);
      else this.#answer(item);
    }
  }

  #whole(piece: Buffer): (Reply | Push)[] {
    try {
      return this.#reader.read(piece);
    } catch (error) {
      this.#socket.destroy(error as Error);
      return [];
    }
  }

  #hear([kind, ...parts]: readonly Reply[]): void {
    const slot = this.#slots[0];
    if (kind === 'pmessage') this.#ears.onPattern(String(parts[1]), String(parts[2]));
    else if (kind === 'message') this.#ears.onChannel(String(parts[0]), String(parts[1]));
    else if (slot && (kind === 'psubscribe' || kind === 'subscribe')) {
      slot.pushes -= 1;
      if (slot.pushes === 0) this.#answer(null);
    }
  }

  #answer(reply: Reply): void {
    const slot = this.#slots.shift();
    if (!slot) this.#lose(new Error('Redis answered what it was not asked'));
    else if (reply instanceof ReplyError) slot.reject(reply);
    else slot.resolve(reply);
  }

  #gone(): Error {
    return this.#said ?? new Error('the connection was closed');
  }

  #lose(why: Error): void {
    const wasUp = this.#up;
    this.close();
    for (const slot of this.#slots.splice(0)) slot.reject(why);
    if (wasUp) this.#ears.onLost(why);
  }

  #beat(): void {
    if (this.#silentBeats >= SILENT_BEATS) {
      this.#lose(new Error('Redis did not answer a PING'));
      return;
    }
    this.#silentBeats += 1;
    if (this.#silentBeats > 1) return;
    this.#send(['PING']).then(
      () => {
        this.#silentBeats = 0;
      },
      (error: Error) => this.#lose(error),
    );
  }
}

/** Redis does not know this user, or not with this password. */
export function isAuthFailure(error: unknown): boolean {
  return /WRONGPASS|NOAUTH|invalid username-password/.test(reasonOf(error));
}
