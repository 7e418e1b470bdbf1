/**
 * Reads what a provider answers, with a bound on all of it: bytes, the lines of a stream, how deep its JSON is. Whether it
 * is one JSON value or a stream of events is seen in its first byte, whatever was asked for and whatever it calls itself.
 */
import { HairemError } from '../../../domain/errors/errors.ts';
import { DEEPEST, isDeeper, readJson } from '../../../domain/text/json-text.ts';
import { createEvents, type Value } from './event-stream.ts';

const MOST_ANSWER_BYTES = 8 * 1024 * 1024;

/** The body, piece by piece. Whoever leaves it early ends the connection. */
export async function* counted(body: AsyncIterable<Buffer>, { host, declared }: { host: string; declared: number }) {
  if (declared > MOST_ANSWER_BYTES) throw tooLarge(host);
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > MOST_ANSWER_BYTES) throw tooLarge(host);
    yield piece;
  }
}

/** At most so many bytes of the body; the rest is not read. */
export async function beginningOf(body: AsyncIterable<Buffer>, most: number): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > most) break;
  }
  return Buffer.concat(pieces).subarray(0, most).toString('utf8');
}

/**
 * The values that an answer is made of, as they come: one of JSON, each one of a stream, and that the stream says it is
 * done. @throws HairemError unavailable for what is neither, refused for what is deep, too_large
 */
export async function* valuesIn(body: AsyncIterable<Buffer>, host: string): AsyncGenerator<Value> {
  const decoder = new TextDecoder(); // a BOM is left out, and a sign that lies in two pieces is whole
  let head = '';
  let take: ((text: string) => Value[]) | null = null;
  const whole = createWhole(host);
  const events = createEvents(host);
  for await (const piece of body) {
    let text = decoder.decode(piece, { stream: true });
    if (!take) {
      head += text;
      const first = head.trimStart()[0];
      if (first === undefined) continue;
      if (first === '<') throw new HairemError('unavailable', `${host} answers with a web page`);
      take = '{['.includes(first) ? whole.take : events.take;
      text = head;
    }
    yield* take(text);
  }
  const rest = decoder.decode();
  if (take) yield* [...take(rest), ...(take === whole.take ? whole.end() : events.end())];
}

/** One value; or, where it is none as a whole, one for each line, as Ollama streams in its own protocol. */
function createWhole(host: string) {
  const parts: string[] = [];
  return {
    take(text: string): Value[] {
      parts.push(text);
      return [];
    },
    end(): Value[] {
      const text = parts.join('');
      const value = read(text, host);
      if (value !== undefined) return [{ type: 'whole', value }];
      const lines = text.split('\n').filter((line) => line.trim() !== '');
      const values = lines.map((line) => read(line, host));
      if (lines.length < 2 || values.includes(undefined)) throw notJson(host);
      return values.map((one) => ({ type: 'piece', value: one, event: null }));
    },
  };
}

function read(text: string, host: string): unknown {
  if (!isDeeper(text, DEEPEST)) return readJson(text);
  throw new HairemError('refused', `${host} answers with JSON more than ${DEEPEST} deep`);
}

const notJson = (host: string) => new HairemError('unavailable', `${host} said something that is not JSON`);

function tooLarge(host: string): HairemError {
  const most = MOST_ANSWER_BYTES / 1024 / 1024;
  return new HairemError('too_large', `${host} answers with more than ${most} MiB: ask for less`);
}
