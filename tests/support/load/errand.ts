/**
 * An errand: a message that has its agent ask or command another, or tell all of them, and what each agent then owes
 * to the peer that began it (tests/bundles/parrot). Pure.
 */

/** One answer that is owed in the stream of the message, behind which comes the suffix. */
export interface Owed {
  agent: string;
  suffix: string;
}

export interface Errand {
  payload: { errand: { kind: (typeof KINDS)[number]; route: string[] } };
  /** Tells this errand's stream from others of the same sender and target. */
  path: string;
  /** Beside the answer of the target itself. */
  owed: Owed[];
}

const KINDS = ['ask', 'command', 'broadcast'] as const;
/** Of the words that come back for commands that were sent and forgotten. */
const BACK = 'back';

/** @param agents the whole crew, at least two; an errand may come back to `target` itself */
export function errandOf(
  { target, agents }: { target: string; agents: readonly string[] },
  random: () => number,
): Errand {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const others = agents.filter((agent) => agent !== target);
  const kind = pick(KINDS);
  const first = pick(others);
  if (kind === 'broadcast') return errand(kind, { route: [], owed: others.map((agent) => ({ agent, suffix: '/' })) });
  if (kind === 'command') {
    const owed = [
      { agent: first, suffix: '/' },
      { agent: target, suffix: `/${BACK}` },
    ];
    return errand(kind, { route: [first], owed });
  }
  const route = random() < 0.5 ? [first] : [first, pick(agents.filter((agent) => agent !== first))];
  return errand(kind, { route, owed: route.map((agent, n) => ({ agent, suffix: '/'.repeat(n + 1) })) });
}

/** A word that comes back may overtake an earlier one: it does not wait while its cause is still handled. */
export const isAnyOrder = (stream: string) => stream.endsWith(BACK);

function errand(kind: (typeof KINDS)[number], { route, owed }: { route: string[]; owed: Owed[] }): Errand {
  return { payload: { errand: { kind, route } }, path: `~${kind[0]}${route.join('+')}`, owed };
}
