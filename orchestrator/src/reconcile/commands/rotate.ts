/**
 * Carries out a rotation (BUS.md): each pass does what is not done yet, so it may be killed anywhere and goes on. First
 * what counts at once, the passwords, the key and the token; then the planner puts a new instance in the place of each
 * that has expired (`expired`), as in any swap; when none is left the key of before opens nothing any more.
 */

import { untilAborted } from '../../async/until-aborted.ts';
import type { AgentId, InstanceNumber } from '../../domain/agent.ts';
import type { AgentRecord } from '../../domain/agent-record.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { Bus, Clock, ContainerHost } from '../../domain/ports/ports.ts';
import type { Rotation, RotationControl, RotationStore } from '../../domain/rotation.ts';
import type { Actor } from '../agent-worker.ts';
import { agentsOf, highest, isTurn, type Present, stillThere, whyOld } from './rotation-waits.ts';

export interface RotationPorts {
  store: RotationStore;
  /** Redis' numbers of this process's own connections. */
  ownConnections(): readonly string[];
  keys: {
    /** A new control key, and the former beside it; where both are there they stay. */
    renew(): Promise<void>;
    dropFormer(): Promise<void>;
  };
  /** The API takes the next token alone; where there is none it stays as it is. */
  changeToken(): Promise<void>;
}

export interface RotateParts extends RotationPorts {
  bus: Pick<Bus, 'passwordsOf' | 'setPasswords' | 'strangers' | 'connections' | 'endConnections' | 'listUsers'>;
  /** Whether Redis answers, with the users of all that live. */
  isUp(): boolean;
  host: Pick<ContainerHost, 'observe'>;
  actors: ReadonlyMap<AgentId, Actor>;
  recordOf(agent: AgentId): Pick<AgentRecord, 'warnings' | 'last_update'> | null;
  /** The loop should look again: instances have expired. */
  wake(): void;
  clock: Pick<Clock, 'sleep'>;
  onError(what: string, error: unknown): void;
}

export interface Rotating extends RotationControl {
  /** Up to this number an agent's instances are to be replaced now; 0 for none. */
  expired(agent: AgentId): InstanceNumber;
  /** It was removed: its numbers begin anew. */
  forget(agent: AgentId): void;
  /** Goes on with what an earlier process began; runs until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

const LOOK_MS = 1_000;

export function createRotation(parts: RotateParts): Rotating {
  const { store, bus, keys, actors } = parts;
  let known: Rotation | null = null;
  let problem: string | null = null;
  let strangers: readonly string[] = [];
  /** There may be connections that were made with a password of before. */
  let mayBeIn = true;
  let wakeUp = new AbortController();

  const keep = async (rotation: Rotation) => {
    await store.save(rotation);
    known = rotation;
  };
  const present = async (): Promise<Present> => ({
    actors,
    users: await bus.listUsers(),
    containers: (await parts.host.observe()).containers,
  });

  async function expire(rotation: Rotation): Promise<void> {
    await keys.renew();
    // Whoever is made from here on gets the new key.
    await keep({ ...rotation, expired: highest(await present()) });
    parts.wake();
  }

  async function addPasswords({ users }: Rotation): Promise<void> {
    for (const { user, next } of users) {
      const valid = await bus.passwordsOf(user);
      if (!valid.includes(next)) await bus.setPasswords(user, [...valid, next]);
    }
  }

  /** Redis lets nobody in with another any more, and ends who came in with one; our own connections are known. */
  async function retirePasswords({ users }: Rotation): Promise<void> {
    for (const { user, next } of users) {
      if (!mayBeIn && (await bus.passwordsOf(user)).join() === next) continue;
      mayBeIn = true;
      await bus.setPasswords(user, [next]);
    }
    if (!mayBeIn) return;
    const names = new Set(users.map(({ user }) => user));
    const all = (await bus.connections()).filter(({ user }) => names.has(user));
    const own = new Set(parts.ownConnections());
    const others = all.map(({ id }) => id).filter((id) => !own.has(id));
    if (others.length > 0) await bus.endConnections(others);
    mayBeIn = false;
  }

  async function pass(rotation: Rotation): Promise<void> {
    if (!rotation.done) {
      await addPasswords(rotation);
      if (rotation.expired === null) await expire(rotation);
      await parts.changeToken();
    }
    await retirePasswords(rotation);
    strangers = await bus.strangers();
    const { done, expired } = known ?? rotation;
    if (done || expired === null || stillThere(expired, await present()).length > 0) return;
    await keys.dropFormer();
    await keep({ ...rotation, expired, done: true });
  }

  /** `init` ends it; what was prepared since then is another, which nobody has begun. */
  async function hasEnded(rotation: Rotation): Promise<boolean> {
    if (!rotation.done) return false;
    const kept = await store.load();
    return kept === null || !kept.done;
  }

  async function lookOnce(rotation: Rotation): Promise<void> {
    if (!parts.isUp()) {
      problem = 'Redis is away';
      return;
    }
    try {
      if (await hasEnded(rotation)) {
        if (known === rotation) known = null;
        return;
      }
      await pass(rotation);
      problem = null;
    } catch (error) {
      const message = error instanceof HairemError ? error.message : 'the orchestrator’s log says what failed';
      if (message !== problem) parts.onError('changing credentials', error);
      problem = message;
    }
  }

  return {
    async begin() {
      const kept = await store.load();
      if (!kept) throw new HairemError('conflict', NOT_PREPARED);
      if (known && !known.done) return;
      mayBeIn = true;
      known = kept;
      wakeUp.abort();
    },
    async status() {
      if (!known) return { state: stateOf(await store.load()), waitsFor: [], strangers: [], problem: null };
      const { expired, done } = known;
      const ids = expired === null || done ? [] : agentsOf(expired, actors);
      const waitsFor = ids.map((id) => ({
        id,
        because: whyOld(actors.get(id), expired?.[id] ?? 0, parts.recordOf(id)),
      }));
      return { state: done ? 'done' : 'running', waitsFor, strangers, problem };
    },
    expired(agent) {
      if (!known?.expired || known.done) return 0;
      return isTurn(agent, known.expired, actors) ? (known.expired[agent] ?? 0) : 0;
    },
    forget(agent) {
      if (!known?.expired?.[agent]) return;
      const { [agent]: _, ...expired } = known.expired;
      known = { ...known, expired };
      store.save(known).catch((error) => parts.onError('keeping how far the rotation is', error));
    },
    async run(signal) {
      const kept = await store.load().catch((error) => {
        parts.onError('reading what is kept of a rotation', error);
        return null;
      });
      if (kept && kept.expired !== null) known = kept;
      while (!signal.aborted) {
        if (known) await lookOnce(known);
        wakeUp = new AbortController();
        const over = AbortSignal.any([signal, wakeUp.signal]);
        await (known ? parts.clock.sleep(LOOK_MS, over).catch(() => {}) : untilAborted(over));
      }
    },
  };
}

const NOT_PREPARED = 'nothing is prepared: run `./hairem rotate` on the host where hAIrem runs';

function stateOf(kept: Rotation | null): 'none' | 'prepared' | 'done' {
  if (kept === null) return 'none';
  return kept.done ? 'done' : 'prepared';
}
