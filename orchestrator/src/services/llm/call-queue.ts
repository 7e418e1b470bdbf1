/**
 * Whose call goes out next: so many at a time of all agents, of one agent, and to one address. Among those who wait the
 * agent that was served longest ago is first, so that a crowd of one agent's calls counts as one.
 */
import type { AgentId } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors/errors.ts';

export interface Turn {
  agent: AgentId;
  /** Base URL; the system's own has a pool for itself. */
  address: string;
  isSystem: boolean;
}

export interface Turns {
  /**
   * @returns what gives the turn back; rejects with the signal's reason when it aborts before
   * @throws HairemError busy when too many of this agent's calls wait already
   */
  take(turn: Turn, signal: AbortSignal): Promise<() => void>;
}

export interface TurnLimits {
  /** To the system's address, and once more as many to all others together: a stranger's hanging takes none of ours. */
  atOnce: number;
}

/** A fourth, so that an agent whose model hangs, or which asks without end, leaves most to the others. */
const perAgent = (atOnce: number) => Math.max(1, Math.ceil(atOnce / 4));
/** To one address that is not the system's. */
const perAddress = (atOnce: number) => Math.max(1, Math.ceil(atOnce / 2));
const MOST_WAITING = 64;

type Waiting = Turn & { begin: () => void };

export function createTurns({ atOnce }: TurnLimits): Turns {
  /** Agents in the order in which they are served, each with its calls in order. */
  const queues = new Map<AgentId, Set<Waiting>>();
  const byAgent = new Count();
  const byAddress = new Count();
  const byPool = new Count();

  const isFree = ({ agent, address, isSystem }: Turn) =>
    byAgent.of(agent) < perAgent(atOnce) &&
    byPool.of(String(isSystem)) < atOnce &&
    (isSystem || byAddress.of(address) < perAddress(atOnce));
  const add = ({ agent, address, isSystem }: Turn, by: 1 | -1) => {
    byAgent.add(agent, by);
    byAddress.add(address, by);
    byPool.add(String(isSystem), by);
  };
  const begin = (turn: Turn) => {
    add(turn, 1);
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      add(turn, -1);
      serveNext();
    };
  };
  const leave = (waiting: Waiting) => {
    const queue = queues.get(waiting.agent);
    queue?.delete(waiting);
    if (queue?.size === 0) queues.delete(waiting.agent);
  };
  /** One that gave its turn back may have kept several others waiting: its agent, its address, its pool. */
  const serveNext = () => {
    for (const [agent, queue] of [...queues]) {
      const next = [...queue].find(isFree);
      if (!next) continue;
      leave(next);
      if (queues.delete(agent)) queues.set(agent, queue); // to the end of the order
      next.begin();
      return serveNext();
    }
  };
  const wait = (turn: Turn, signal: AbortSignal) =>
    new Promise<() => void>((resolve, reject) => {
      const waiting: Waiting = {
        ...turn,
        begin() {
          signal.removeEventListener('abort', giveUp);
          resolve(begin(turn));
        },
      };
      const giveUp = () => {
        leave(waiting);
        reject(signal.reason);
      };
      const queue = queues.get(turn.agent) ?? new Set();
      queues.set(turn.agent, queue.add(waiting));
      signal.addEventListener('abort', giveUp, { once: true });
    });
  return {
    async take(turn, signal) {
      signal.throwIfAborted();
      const queue = queues.get(turn.agent);
      const isFirst = ![...(queue ?? [])].some(isFree);
      if (isFirst && isFree(turn)) return begin(turn);
      if ((queue?.size ?? 0) >= MOST_WAITING) throw tooMany();
      return wait(turn, signal);
    },
  };
}

class Count {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** Nothing is kept of what is at zero: an agent may name ever new addresses. */
  add(key: string, by: 1 | -1): void {
    const now = this.of(key) + by;
    if (now === 0) this.#counts.delete(key);
    else this.#counts.set(key, now);
  }
}

function tooMany(): HairemError {
  const message = `${MOST_WAITING} calls of language models of this agent wait already: ask for less at once`;
  return new HairemError('busy', message);
}
