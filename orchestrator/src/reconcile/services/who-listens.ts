/**
 * Whether anybody could hear what is said to a name that is no agent's. Agents and our own processes can hear nothing of
 * others' inboxes (their rights say so), so only a connection of somebody else that listens to anything may.
 */
import type { AgentId } from '../../domain/agent.ts';
import type { BusConnection } from '../../domain/ports/bus-state.ts';
import type { Bus } from '../../domain/ports/ports.ts';
import { speakerOf } from '../bus-guard/connection-limits.ts';

interface WhoListens {
  bus: Pick<Bus, 'connections'>;
  /** Whether it is one of our own processes'. */
  isOurs(user: string): boolean;
  isAgent(id: AgentId): boolean;
}

/** @returns resolves with whether somebody else than us and the agents listens on the bus. Rejects as the bus does */
export function createWhoListens({ bus, isOurs, isAgent }: WhoListens): () => Promise<boolean> {
  const isOther = ({ user, listens }: BusConnection) =>
    listens && !isOurs(user) && !isAgent(speakerOf(user)?.agent ?? '');
  return shared(async () => (await bus.connections()).some(isOther));
}

/** What is asked while it is being looked is answered by one more look, for all who ask meanwhile. */
function shared<T>(look: () => Promise<T>): () => Promise<T> {
  let under: Promise<T> | null = null;
  let next: Promise<T> | null = null;
  function begin(): Promise<T> {
    next = null;
    const looked = look().finally(() => {
      under = null;
    });
    under = looked;
    return looked;
  }
  return () => {
    if (under === null) return begin();
    next ??= under.then(begin, begin);
    return next;
  };
}
