/** Memories of a made-up life: words as rare and as frequent as in a language, vectors of an embedding's size; the same in every run. */

const VOCABULARY = 20_000;
const WORDS = 18;
/** Of a small embedding model. */
const DIMENSIONS = 384;

export interface MadeUp {
  text(words?: number): string;
  vector(): number[];
}

export function madeUp(seed: number): MadeUp {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  const word = () => spell(Math.floor(VOCABULARY * random() ** 3));
  return {
    text: (words = WORDS) => Array.from({ length: words }, word).join(' '),
    vector: () => Array.from({ length: DIMENSIONS }, () => Number((random() - 0.5).toFixed(4))),
  };
}

/** Letters alone: digits would be words of their own. */
function spell(number: number): string {
  let text = 'w';
  for (let rest = number + 1; rest > 0; rest = Math.floor(rest / 26)) text += String.fromCharCode(97 + (rest % 26));
  return text;
}
