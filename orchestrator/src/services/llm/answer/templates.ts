/**
 * Which models begin to think without a tag, since their template has written it: some by their name, the others once they
 * have shown it. What they say is held back until it is clear (`answer/thinking.ts`).
 */

import { createRecent } from './recent.ts';

/** DeepSeek R1 and its distillations, QwQ, and what calls itself so. */
const BY_NAME = /(^|[\W_])(r1|qwq|thinking|reasoner|reasoning)([\W_]|$)/i;
/** The oldest is forgotten; it shows it again. */
const MOST_KNOWN = 256;

export interface Templates {
  isHeld(model: string): boolean;
  /** What came as text was thinking. */
  learn(model: string): void;
}

/** @returns what is known, of models by address and name */
export function createTemplates(): Templates {
  const known = createRecent<true>(MOST_KNOWN);
  return {
    isHeld: (model) => known.get(model) === true || BY_NAME.test(model.slice(model.lastIndexOf(' ') + 1)),
    learn: (model) => known.set(model, true),
  };
}
