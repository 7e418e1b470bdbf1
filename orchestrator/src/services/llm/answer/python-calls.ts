/** Tool calls as Python writes them: `a(x=1, y="two")`, with names and literals alone (Llama 3.2 and 4, Gemma). Pure. */

export interface PythonCall {
  name: string;
  args: Record<string, unknown>;
  /** Behind it. */
  end: number;
}

/** A name, maybe of a method, and what is behind its opening bracket. */
const HEAD = /([\w.-]{1,128}?)(?:\.call)?\s{0,9}\(\s*/y;
const KEYWORD = /([A-Za-z_]\w{0,127})\s*=\s*/y;
const WORDS: Readonly<Record<string, unknown>> = {
  True: true,
  False: false,
  None: null,
  true: true,
  false: false,
  null: null,
};
const WORD = /True|False|None|true|false|null/y;
const NUMBER = /-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const SPACE = /\s*/y;
const DEEPEST = 64;

/** @returns null where no such call begins there */
export function pythonCallAt(text: string, at: number): PythonCall | null {
  const reader = new Reader(text, at);
  const head = reader.take(HEAD);
  const name = head?.[1];
  if (name === undefined) return null;
  const args: Record<string, unknown> = Object.create(null);
  while (!reader.takeSign(')')) {
    const key = reader.take(KEYWORD)?.[1];
    const value = key === undefined ? undefined : reader.value(0);
    if (key === undefined || value === undefined) return null;
    args[key] = value;
    if (!reader.takeSign(',') && reader.sign() !== ')') return null;
  }
  return { name, args, end: reader.at };
}

class Reader {
  readonly #text: string;
  at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.at = at;
  }

  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text);
    if (found) this.at += found[0].length;
    return found;
  }

  sign(): string | undefined {
    return this.#text[this.at];
  }

  /** White space around it, too. */
  takeSign(sign: string): boolean {
    this.take(SPACE);
    if (this.#text[this.at] !== sign) return false;
    this.at += 1;
    this.take(SPACE);
    return true;
  }

  /** @returns undefined for what is no literal */
  value(depth: number): unknown {
    const word = this.take(WORD);
    if (word) return WORDS[word[0]];
    const number = this.take(NUMBER);
    // What a double does not hold stays as it was written.
    if (number)
      return String(Number(number[0])) === number[0] || /[.eE]/.test(number[0]) ? Number(number[0]) : number[0];
    if (this.sign() === '"' || this.sign() === "'") return this.#string();
    if (depth > DEEPEST) return undefined;
    if (this.takeSign('[')) return this.#list(depth);
    return this.takeSign('{') ? this.#mapping(depth) : undefined;
  }

  #string(): string | undefined {
    const [begin, quote] = [this.at + 1, this.sign()];
    for (let at = begin; at < this.#text.length; at += 1) {
      if (this.#text[at] === '\\') at += 1;
      else if (this.#text[at] === quote) {
        this.at = at + 1;
        return unescaped(this.#text.slice(begin, at));
      }
    }
    return undefined;
  }

  #list(depth: number): unknown[] | undefined {
    const list: unknown[] = [];
    while (!this.takeSign(']')) {
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      list.push(value);
      if (!this.takeSign(',') && this.sign() !== ']') return undefined;
    }
    return list;
  }

  #mapping(depth: number): Record<string, unknown> | undefined {
    const mapping: Record<string, unknown> = Object.create(null);
    while (!this.takeSign('}')) {
      const key = this.value(depth + 1);
      const value = this.takeSign(':') ? this.value(depth + 1) : undefined;
      if (typeof key !== 'string' || value === undefined) return undefined;
      mapping[key] = value;
      if (!this.takeSign(',') && this.sign() !== '}') return undefined;
    }
    return mapping;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

const unescaped = (text: string) =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/gs, (_all, long, short, sign) =>
    sign === undefined ? String.fromCharCode(Number.parseInt(long ?? short, 16)) : (ESCAPES[sign] ?? sign),
  );
