/** Texts that are nearly what a reader expects: a seed of it, changed in the ways that break readers. */
import type { Random } from '../support/handover/random.ts';

const LONGEST = 1024 * 1024;
const SIGNS = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\n',
  '\r',
  '\0',
  '\ud800',
  '\ufeff',
  '%',
  '/',
  '..',
  ';',
  '*',
  '`',
];
const VALUES = ['null', '-0', '1e400', '9007199254740993', '""', '[]', '{}', 'true', '"__proto__"', '"constructor"'];
const REPEATED = ['[', '{"a":', '(', 'a', ' ', '\n', '- ', '${', '!', 'é', '&a ', '1+'];

/** @returns a text that is at most 1 MiB long */
export function mutate(seeds: readonly string[], random: Random): string {
  let text = random.pick(seeds) ?? '';
  for (let n = 1 + Math.floor(random.next() * 4); n > 0; n -= 1) text = change(text, seeds, random);
  return text.slice(0, LONGEST);
}

function change(text: string, seeds: readonly string[], random: Random): string {
  const at = Math.floor(random.next() * (text.length + 1));
  const to = Math.min(text.length, at + Math.floor(random.next() ** 3 * 40));
  const insert = (more: string) => text.slice(0, at) + more + text.slice(at);
  const ways: (() => string)[] = [
    () => insert(random.pick(SIGNS) ?? ''),
    () => insert((random.pick(REPEATED) ?? '').repeat(10 ** (1 + Math.floor(random.next() * 4)))),
    () => insert(random.pick(seeds) ?? ''),
    () => insert(String.fromCharCode(Math.floor(random.next() * 65_536))),
    () => text.slice(0, at) + text.slice(to),
    () => text.slice(0, at) + text.slice(at, to).repeat(50) + text.slice(to),
    () => text.slice(0, at),
    () => text.replace(/-?\d+|"[^"]{0,40}"/, () => random.pick(VALUES) ?? ''),
  ];
  return random.pick(ways)?.() ?? text;
}
