/** `ctx.state`: a Map that takes only what can be handed to the next instance. */
import { reasonOf } from '../thrown.ts';
import { bytesOf, toJson } from './plain-json.ts';

const STATE_BYTES = 128 * 1024;

export class ContextState extends Map<string, unknown> {
  /** Bytes of key and value, as they were when last looked at. */
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  /** Throws TypeError for what is no JSON, RangeError when all of it would be larger than 128 KiB. */
  override set(key: string, value: unknown): this {
    if (typeof key !== 'string') throw new TypeError(`ctx.state: a key is a string, not ${typeof key}`);
    const size = weigh(key, textOf(key, value));
    const bytes = this.#bytes - (this.#sizes.get(key) ?? 0) + size;
    if (bytes > STATE_BYTES) throw tooLarge(key, bytes);
    this.#note(key, size);
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    this.#note(key, 0);
    return super.delete(key);
  }

  override clear(): void {
    this.#sizes.clear();
    this.#bytes = 0;
    super.clear();
  }

  /** What another instance of this agent had; it kept the bound. */
  take(key: string, value: unknown): void {
    this.#note(key, weigh(key, toJson(value)));
    super.set(key, value);
  }

  /** Null where there is none, and where it is no JSON any more. */
  textOf(key: string): string | null {
    if (!this.has(key)) return null;
    try {
      return toJson(this.get(key));
    } catch {
      return null;
    }
  }

  /**
   * The text of each value as it is now: what is inside of a value may have changed since it was set.
   * @param refuse told of each key that cannot be handed over any more, and why
   */
  texts(refuse: (key: string, why: string) => void): Map<string, string> {
    const texts = new Map<string, string>();
    let bytes = 0;
    for (const [key, value] of this) {
      try {
        const text = textOf(key, value);
        const size = weigh(key, text);
        this.#note(key, size);
        if (bytes + size > STATE_BYTES) throw tooLarge(key, bytes + size);
        bytes += size;
        texts.set(key, text);
      } catch (error) {
        refuse(key, reasonOf(error));
      }
    }
    return texts;
  }

  #note(key: string, size: number): void {
    this.#bytes += size - (this.#sizes.get(key) ?? 0);
    if (size > 0) this.#sizes.set(key, size);
    else this.#sizes.delete(key);
  }
}

function textOf(key: string, value: unknown): string {
  try {
    return toJson(value);
  } catch (error) {
    throw new TypeError(`ctx.state: "${key}": ${reasonOf(error)}`);
  }
}

function weigh(key: string, text: string): number {
  return bytesOf(JSON.stringify(key)) + bytesOf(text);
}

function tooLarge(key: string, bytes: number): RangeError {
  const kib = (size: number) => `${Math.ceil(size / 1024)} KiB`;
  const advice = 'what is larger belongs in memory or in /data';
  return new RangeError(`ctx.state: with "${key}" it would be ${kib(bytes)}, it may be ${kib(STATE_BYTES)}: ${advice}`);
}
