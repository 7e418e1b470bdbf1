/** How much is measured: everything, or the same with fewer rounds. */

export interface Sizes {
  quick: boolean;
  /** Rounds of floor, code edit, live edit and compose's watch. */
  speedRounds: number;
  swaps: number;
  reverts: number;
  /** Rounds of an unrelated build and a swap, under a steady load. */
  replyRounds: number;
  /** Rounds of questions and raw echoes, each of every pair of languages. */
  askRounds: number;
  /** How many an agent remembers when it is measured, and how often. */
  memory: { memories: readonly number[]; rounds: number };
  /** Answers of a language model, by each way. */
  llmRounds: number;
  /** How long everything is left alone before memory is read. */
  idleSeconds: number;
}

const FULL: Sizes = {
  quick: false,
  speedRounds: 24,
  swaps: 200,
  reverts: 20,
  replyRounds: 20,
  askRounds: 20,
  memory: { memories: [10_000, 100_000], rounds: 60 },
  llmRounds: 100,
  idleSeconds: 40,
};

const QUICK: Sizes = {
  quick: true,
  speedRounds: 6,
  swaps: 12,
  reverts: 3,
  replyRounds: 5,
  askRounds: 5,
  memory: { memories: [1_000, 10_000], rounds: 50 },
  llmRounds: 50,
  idleSeconds: 20,
};

/** @returns null for options that there are not */
export function sizesFrom(options: readonly string[]): Sizes | null {
  if (options.some((option) => option !== '--quick')) return null;
  return options.includes('--quick') ? QUICK : FULL;
}
