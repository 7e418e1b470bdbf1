/**
 * A stream of events as providers really send it (WHATWG, server-sent events, and what is near it): comments, any line
 * ends, data over several lines, no empty line between two events or behind the last. Pure.
 */
import { HairemError } from '../../../domain/errors/errors.ts';
import { DEEPEST, readJson } from '../../../domain/text/json-text.ts';

export type Value =
  | { type: 'whole'; value: unknown }
  /** `event` is the name that a stream gives it. */
  | { type: 'piece'; value: unknown; event: string | null }
  | { type: 'done' };

/** A picture fits into one event of a stream, and nothing needs more. */
const MOST_EVENT_CHARACTERS = 2 * 1024 * 1024;

export interface Events {
  take(text: string): Value[];
  /** What the last event lacks is nothing but its line end. */
  end(): Value[];
}

export function createEvents(host: string): Events {
  let line = '';
  let isAfterReturn = false;
  const event = new Event(host);
  return {
    take(given) {
      const text = isAfterReturn && given.startsWith('\n') ? given.slice(1) : given;
      if (given !== '') isAfterReturn = given.endsWith('\r');
      const lines = text.split(/\r\n|\n|\r/);
      lines[0] = line + (lines[0] ?? '');
      line = lines.pop() ?? '';
      if (line.length > MOST_EVENT_CHARACTERS) throw endless(host);
      return lines.flatMap((one) => event.line(one));
    },
    end: () => [...event.line(line), ...event.line('')],
  };
}

class Event {
  readonly #host: string;
  #name: string | null = null;
  #data: string[] = [];
  #characters = 0;
  #depth: JsonDepth;

  constructor(host: string) {
    this.#host = host;
    this.#depth = new JsonDepth(host);
  }

  line(line: string): Value[] {
    if (line === '') return this.#finish();
    this.#characters += line.length;
    if (this.#characters > MOST_EVENT_CHARACTERS) throw endless(this.#host);
    if (line.startsWith('{')) return this.#hear(line); // an error that was written into the stream as it was
    const [, name, value = ''] = /^(event|data)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === 'event') this.#name = value.trim();
    return name === 'data' ? this.#hear(value) : [];
  }

  /** A value is said as soon as it is whole, so that nobody waits for an empty line that may not come. */
  #hear(data: string): Value[] {
    if (this.#data.length === 0 && data.trim() === '[DONE]') return [{ type: 'done' }];
    // Words between the events, to keep a connection open: nothing of an answer begins so.
    if (this.#data.length === 0 && !/^\s*[[{]/.test(data)) return [];
    this.#data.push(data);
    this.#depth.take(data);
    if (this.#depth.isOpen) return [];
    const value = readJson(this.#data.join('\n'));
    const event = this.#name;
    if (value === undefined) throw new HairemError('unavailable', `${this.#host} said something that is not JSON`);
    this.#clear();
    return [{ type: 'piece', value, event }];
  }

  #finish(): Value[] {
    const isBroken = this.#data.length > 0;
    this.#name = null;
    this.#clear();
    if (isBroken) throw new HairemError('unavailable', `${this.#host} said something that is not JSON`);
    return [];
  }

  #clear(): void {
    this.#data = [];
    this.#characters = 0;
    this.#depth = new JsonDepth(this.#host);
  }
}

/** How deep a text of JSON is at its end, read once, however many pieces it comes in. */
class JsonDepth {
  readonly #host: string;
  #depth = 0;
  #inText = false;
  #isEscaped = false;

  constructor(host: string) {
    this.#host = host;
  }

  get isOpen(): boolean {
    return this.#depth > 0;
  }

  take(text: string): void {
    for (let at = 0; at < text.length; at += 1) {
      const sign = text.charCodeAt(at);
      if (this.#isEscaped) this.#isEscaped = false;
      else if (this.#inText) this.#within(sign);
      else if (sign === 34)
        this.#inText = true; // "
      else if (sign === 91 || sign === 123)
        this.#open(); // [ {
      else if (sign === 93 || sign === 125) this.#depth -= 1; // ] }
    }
  }

  #within(sign: number): void {
    if (sign === 92)
      this.#isEscaped = true; // \
    else if (sign === 34) this.#inText = false;
  }

  #open(): void {
    this.#depth += 1;
    if (this.#depth > DEEPEST) {
      throw new HairemError('refused', `${this.#host} answers with JSON more than ${DEEPEST} deep`);
    }
  }
}

function endless(host: string): HairemError {
  return new HairemError('too_large', `${host} sends a line without an end`);
}
