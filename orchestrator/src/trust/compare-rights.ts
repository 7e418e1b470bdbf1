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
  return { asks: beyond(accepted, asked), givesUp: beyond(asked, accepted) };
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
  for (const name of more.secrets) if (!less.secrets.includes(name)) lines.push(`the secret ${name}`);
  if (more.model !== null && more.model !== less.model) lines.push(`a language model of its own: ${more.model}`);
  return [...lines, ...peers(less, more)];
}

function peers(less: Rights, more: Rights): string[] {
  if (less.topics === null) return [];
  if (more.topics === null) return ['writing to every agent'];
  const known = new Set(less.topics);
  const added = more.topics.filter((peer) => !known.has(peer));
  return added.length > 0 ? [`writing to ${added.join(', ')}`] : [];
}
