/**
 * RESP3, as much of it as an instance says and is told on its connection to Redis: all that commands, pushes and the
 * greeting are made of. Ours, because ioredis, with what it loads, takes longer than the rest of a start.
 */

export type Reply = string | number | null | ReplyError | readonly Reply[];

/** What Redis says by itself. */
export class Push {
  readonly parts: readonly Reply[];

  constructor(parts: readonly Reply[]) {
    this.parts = parts;
  }
}

/** Redis answered, with an error. */
export class ReplyError extends Error {}

/** Redis takes and gives messages of 1 MiB (BUS.md); far above is no size of anything that it says here. */
const LARGEST_BLOB = 2 * 1024 * 1024;
const MOST_PARTS = 1024;
const LARGEST_UNFINISHED = 4 * 1024 * 1024;

export function packed(command: readonly string[]): string {
  const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
  return `*${command.length}\r\n${parts.join('')}`;
}

/** Reads the stream as it comes, in pieces that end anywhere. */
export class RespReader {
  #data: Buffer = Buffer.alloc(0);
  #at = 0;

  /** @returns what is whole with this piece. Throws an error where it is not RESP3. */
  read(piece: Buffer): (Reply | Push)[] {
    this.#data = this.#data.length === 0 ? piece : Buffer.concat([this.#data, piece]);
    const whole: (Reply | Push)[] = [];
    for (;;) {
      this.#at = 0;
      const value = this.#value();
      if (value === undefined) break;
      this.#data = this.#data.subarray(this.#at);
      whole.push(value);
    }
    if (this.#data.length > LARGEST_UNFINISHED) throw notResp3(this.#text(0, SHOWN));
    return whole;
  }

  /** @returns undefined where it is not whole yet */
  #value(): Reply | Push | undefined {
    const end = this.#data.indexOf('\r\n', this.#at);
    if (end < 0) return undefined;
    const [kind = '', text] = [this.#data.toString('latin1', this.#at, this.#at + 1), this.#text(this.#at + 1, end)];
    this.#at = end + 2;
    if (kind === '$') return this.#blob(integer(text, LARGEST_BLOB));
    if (kind === '*') return this.#values(integer(text, MOST_PARTS));
    if (kind === '%') return this.#values(2 * integer(text, MOST_PARTS));
    if (kind === '>') {
      const parts = this.#values(integer(text, MOST_PARTS));
      return parts && new Push(parts);
    }
    const plain = PLAIN.get(kind);
    if (!plain) throw notResp3(kind + text);
    return plain(text);
  }

  #values(count: number): Reply[] | undefined {
    const values: Reply[] = [];
    while (values.length < count) {
      const value = this.#value();
      if (value === undefined) return undefined;
      values.push(value as Reply);
    }
    return values;
  }

  #blob(size: number): string | null | undefined {
    if (size < 0) return null;
    const [from, to] = [this.#at, this.#at + size];
    if (this.#data.length < to + 2) return undefined;
    if (this.#data[to] !== CR) throw notResp3(this.#text(to, to + SHOWN));
    this.#at = to + 2;
    return this.#text(from, to);
  }

  #text(from: number, to: number): string {
    return this.#data.toString('utf8', from, to);
  }
}

const CR = 13;
const SHOWN = 80;

function notResp3(what: string): Error {
  return new Error(`what Redis said is not RESP3: ${what.slice(0, SHOWN)}`);
}

function integer(text: string, most: number): number {
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || Math.abs(value) > most) throw notResp3(text);
  return value;
}

const PLAIN: ReadonlyMap<string, (text: string) => Reply> = new Map<string, (text: string) => Reply>([
  ['+', (text) => text],
  [':', (text) => integer(text, Number.MAX_SAFE_INTEGER)],
  ['-', (text) => new ReplyError(text)],
  ['_', () => null],
]);
