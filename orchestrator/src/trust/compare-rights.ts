/** The difference between what was accepted and what is asked for, in words for people. Pure. */
import type { Rights } from '../domain/trust.ts';

const MIB = 1024 * 1024;

interface Difference {
  /** Beyond what was accepted: any of these waits for a word. */
  asks: string[];
  givesUp: string[];
}

/** What every bundle has without a word. */
export const NO_RIGHTS: Rights = {
  egress: 'none',
  storage: false,
  memory: 0,
  cpus: 0,
  pids: 0,
  topics: [],
  secrets: [],
  model: null,
};

export function compareRights(accepted: Rights, asked: Rights): Difference {
  return { asks: bounded(beyond(accepted, asked)), givesUp: bounded(beyond(asked, accepted)) };
}

/** A manifest may name thousands; whoever reads this reads no more than so many. */
const MOST_LINES = 40;

function bounded(lines: string[]): string[] {
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `and ${lines.length - MOST_LINES} more, which its manifest names`];
}

/** One line for each thing that `more` has and `less` has not. */
function beyond(less: Rights, more: Rights): string[] {
  const numbers: [keyof Rights & ('memory' | 'cpus' | 'pids'), (value: number) => string][] = [
    ['memory', (bytes) => `${Math.round(bytes / MIB)} MiB of memory`],
    ['cpus', (cores) => `${cores} cores`],
    ['pids', (count) => `${count} processes`],
  ];
  const lines: string[] = [];
  if (more.egress === 'internet' && less.egress !== 'internet')
    lines.push('the internet, the local network and what this host serves on it');
  if (more.storage && !less.storage) lines.push('a volume of its own, which outlives its versions');
  for (const [key, text] of numbers)
    if (more[key] > less[key])
      lines.push(less[key] === 0 ? text(more[key]) : `${text(more[key])}, was ${text(less[key])}`);
  const had = new Set(less.secrets);
  for (const name of more.secrets) if (!had.has(name)) lines.push(`the secret ${name}`);
  if (more.model !== null && more.model !== less.model) lines.push(`a language model of its own: ${more.model}`);
  return [...lines, ...peers(less, more)];
}

function peers(less: Rights, more: Rights): string[] {
  if (less.topics === null) return [];
  if (more.topics === null) return ['writing to every agent'];
  const known = new Set(less.topics);
  const added = more.topics.filter((peer) => !known.has(peer));
  return added.map((peer) => `writing to ${peer}`);
}
