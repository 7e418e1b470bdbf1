/** Reads what a provider answers, with a bound on all of it: bytes, the lines of a stream, how deep its JSON is. */
import type { IncomingMessage } from 'node:http';
import { HairemError } from '../domain/errors.ts';
import { DEEPEST } from '../domain/json-text.ts';

const MOST_ANSWER_BYTES = 8 * 1024 * 1024;
/** A picture fits into one event of a stream, and nothing needs more. */
const MOST_LINE_BYTES = 2 * 1024 * 1024;

/** Looks at bytes as they come. @throws HairemError */
export type Look = (bytes: Uint8Array) => void;

/** The body, piece by piece. Whoever leaves it early ends the connection. */
export async function* counted(response: IncomingMessage, { host, look }: { host: string; look: Look }) {
  const declared = Number(response.headers['content-length'] ?? 0);
  if (declared > MOST_ANSWER_BYTES) throw tooLarge(host);
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MOST_ANSWER_BYTES) throw tooLarge(host);
    look(piece);
    yield piece;
  }
}

/** At most so many bytes of the body; the rest is not read. */
export async function beginningOf(response: IncomingMessage, most: number): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > most) break;
  }
  return Buffer.concat(pieces).subarray(0, most).toString('utf8');
}

const [QUOTE, BACKSLASH, NEWLINE, RETURN] = [0x22, 0x5c, 0x0a, 0x0d];
const OPENING: readonly number[] = [0x5b, 0x7b];
const CLOSING: readonly number[] = [0x5d, 0x7d];

/** For an answer that is one JSON value. */
export function jsonLook(host: string): Look {
  const json = new JsonDepth(host);
  return (bytes) => {
    for (const byte of bytes) json.take(byte);
  };
}

const DATA = [...Buffer.from('data:')];

/**
 * For a stream of events: each is the `data:` lines up to an empty line, joined, and is one JSON value. Other lines are
 * comments, which nobody parses.
 */
export function eventLook(host: string): Look {
  let json = new JsonDepth(host);
  let inEvent = 0;
  let inLine = 0;
  /** So far the line is as `data:` begins. */
  let isData = true;
  const endLine = () => {
    if (inLine === 0) [json, inEvent] = [new JsonDepth(host), 0];
    [inLine, isData] = [0, true];
  };
  const take = (byte: number) => {
    inEvent += 1;
    if (inEvent > MOST_LINE_BYTES) throw new HairemError('too_large', `${host} sends a line without an end`);
    if (inLine < DATA.length) isData &&= byte === DATA[inLine];
    else if (isData) json.take(byte);
    inLine += 1;
  };
  return (bytes) => {
    for (const byte of bytes) {
      if (byte === NEWLINE || byte === RETURN) endLine();
      else take(byte);
    }
  };
}

class JsonDepth {
  readonly #host: string;
  #depth = 0;
  #inText = false;
  #isEscaped = false;

  constructor(host: string) {
    this.#host = host;
  }

  take(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (this.#inText) this.#within(byte);
    else if (byte === QUOTE) this.#inText = true;
    else if (OPENING.includes(byte)) this.#open();
    else if (CLOSING.includes(byte)) this.#depth -= 1;
  }

  #within(byte: number): void {
    if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#inText = false;
  }

  #open(): void {
    this.#depth += 1;
    if (this.#depth > DEEPEST) {
      throw new HairemError('refused', `${this.#host} answers with JSON more than ${DEEPEST} deep`);
    }
  }
}

function tooLarge(host: string): HairemError {
  const most = MOST_ANSWER_BYTES / 1024 / 1024;
  return new HairemError('too_large', `${host} answers with more than ${most} MiB: ask for less`);
}
