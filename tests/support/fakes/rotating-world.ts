/** What a rotation changes, played: it outlives the orchestrator's process, which may be killed at each of its effects. */
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import type { Rotation } from '../../../orchestrator/src/domain/rotation.ts';
import { NEW_STORED_AGENT } from '../../../orchestrator/src/domain/stored-agent.ts';
import { type Actor, newActor } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { createRotation, type Rotating } from '../../../orchestrator/src/reconcile/commands/rotate.ts';
import { aMember } from '../builders/a-member.ts';

export const USERS = ['orchestrator', 'memory'];
const PREPARED: Rotation = {
  users: USERS.map((user) => ({ user, next: `${user}-new` })),
  expired: null,
  done: false,
};

class Killed extends Error {}

/** What outlives the orchestrator's process; effect number `killAt` is its last. */
export function world({ killAt = Number.POSITIVE_INFINITY, after = false, instances = ['ada', 'bob'] } = {}) {
  const it = {
    kept: PREPARED as Rotation | null,
    passwords: new Map(USERS.map((user) => [user, [`${user}-old`]])),
    connections: [
      { id: '1', user: 'orchestrator' },
      { id: '2', user: 'orchestrator' },
      { id: '3', user: 'memory' },
      { id: '4', user: 'ada.1' },
    ],
    ended: [] as string[],
    key: 'old',
    formerKey: null as string | null,
    token: 'old',
    nextToken: 'new' as string | null,
    users: instances.map((id) => `${id}.1`),
    did: [] as string[],
    effects: 0,
    isDead: false,
    isAway: false,
    isDown: false,
  };
  async function effect(name: string, act: () => void): Promise<void> {
    if (it.isDead) return new Promise(() => {});
    it.effects += 1;
    const isLast = it.effects === killAt;
    if (!isLast || after) {
      act();
      it.did.push(name);
    }
    if (!isLast) return;
    it.isDead = true;
    throw new Killed();
  }
  return { it, effect };
}

export type World = ReturnType<typeof world>;

/** One life of the orchestrator; the actors are those of its loop. */
export function life({ it, effect }: World) {
  const actors = new Map<string, Actor>();
  for (const user of it.users) {
    const [id = '', inst] = user.split('.');
    const actor = newActor(id, { ...NEW_STORED_AGENT, lastInst: Number(inst) });
    actor.session.owner = { ...aMember(Number(inst), 'owner'), agent: id };
    actor.session.members.set(Number(inst), actor.session.owner);
    actors.set(id, actor);
  }
  const stop = new AbortController();
  const errors: string[] = [];
  let looks: (() => void)[] = [];
  const rotation = createRotation({
    store: {
      load: async () => it.kept,
      save: (kept) => effect('kept', () => Object.assign(it, { kept })),
    },
    ownConnections: () => ['1'],
    keys: {
      renew: () =>
        effect('key', () => {
          if (it.formerKey === null) Object.assign(it, { key: 'new', formerKey: it.key });
        }),
      dropFormer: () => effect('former key', () => Object.assign(it, { formerKey: null })),
    },
    changeToken: async () => {
      if (it.nextToken !== null) await effect('token', () => Object.assign(it, { token: 'new', nextToken: null }));
    },
    bus: {
      async passwordsOf(user) {
        if (it.isAway) throw new HairemError('bus_unavailable', 'Redis did not answer');
        return it.passwords.get(user) ?? [];
      },
      setPasswords: (user, hashes) =>
        effect(`${hashes.length} of ${user}`, () => void it.passwords.set(user, [...hashes])),
      strangers: async () => ['evil'],
      connections: async () =>
        it.connections.map((one) => ({
          ...{ ...one, address: '', listens: true, ageSeconds: 0, unreadBytes: 0, unfinishedBytes: 0, unsentBytes: 0 },
        })),
      endConnections: (ids) =>
        effect('end', () => {
          it.ended.push(...ids);
          it.connections = it.connections.filter(({ id }) => !ids.includes(id));
        }),
      listUsers: async () => it.users,
    },
    isUp: () => !it.isDown,
    host: { observe: async () => ({ containers: [], images: [], networks: [], volumes: [], redis: null }) },
    actors,
    recordOf: () => null,
    wake() {},
    clock: {
      sleep: (_ms, signal) =>
        new Promise((resolve, reject) => {
          looks.push(resolve);
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
    },
    onError: (_what, error) => errors.push(String(error)),
  });
  const settled = async () => {
    for (let turns = 0; turns < 50; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const look = async () => {
    for (const wake of looks.splice(0)) wake();
    await settled();
  };
  const running = rotation.run(stop.signal);
  return {
    rotation,
    actors,
    errors,
    look,
    settled,
    async end() {
      stop.abort();
      looks = [];
      if (!it.isDead) await running;
    },
  };
}

/** As the loop does: whoever has expired is replaced. */
export function renew({ it }: World, { rotation, actors }: { rotation: Rotating; actors: Map<string, Actor> }): void {
  for (const [id, { session }] of actors) {
    const { owner } = session;
    if (!owner || owner.inst > rotation.expired(id)) continue;
    const inst = owner.inst + 1;
    session.members.clear();
    session.owner = { ...aMember(inst, 'owner'), agent: id };
    session.members.set(inst, session.owner);
    it.users = it.users.map((user) => (user.startsWith(`${id}.`) ? `${id}.${inst}` : user));
  }
}
