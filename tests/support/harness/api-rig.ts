/** A server over a real registry and a fake control, for tests of the API and of what calls it. */
import type { AddressInfo } from 'node:net';
import { createAccessToken } from '../../../orchestrator/src/api/access-token.ts';
import { buildServer } from '../../../orchestrator/src/api/build-server.ts';
import type { ServerDeps } from '../../../orchestrator/src/api/deps.ts';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import type { HistoryEntry, HistoryQuery } from '../../../orchestrator/src/domain/ports/stores.ts';
import type { RotationStatus } from '../../../orchestrator/src/domain/rotation.ts';
import { createRegistry } from '../../../orchestrator/src/registry/create-registry.ts';
import { active, desired, eventOf } from '../builders/registry-events.ts';
import { fakeControl } from '../fakes/fake-control.ts';
import { steppedClock } from '../fakes/stepped-clock.ts';

export const TOKEN = 'tok-0123456789';
export const AUTH = { authorization: `Bearer ${TOKEN}` };

export type ApiRig = ReturnType<typeof apiRig>;

/** With one active agent, `echo`. */
export function apiRig(config: Partial<ServerDeps['config']> = {}) {
  const clock = steppedClock();
  const registry = createRegistry({ clock });
  const control = fakeControl();
  const history = fakeHistory();
  const token = createAccessToken(TOKEN);
  const rotation = fakeRotation();
  const logged: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const noted =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
      void logged.push({ level, message, fields });
  const app = buildServer({
    registry,
    control,
    history,
    clock,
    token,
    rotation,
    version: '9.9.9',
    config: { origins: [], hosts: [], ...config },
    status: () => ({ engine: { version: '26.1' } }),
    log: { debug: noted('debug'), info: noted('info'), warn: noted('warn'), error: noted('error') },
  });
  registry.apply(eventOf(desired('h1')));
  registry.apply(eventOf(active('h1', 1)));
  return { app, registry, control, history, rotation, token, clock, logged };
}

/** Says what the test put there. */
function fakeRotation() {
  const fake = {
    begun: 0,
    now: { state: 'none', waitsFor: [], strangers: [], problem: null } as RotationStatus,
    /** Called at each `status`, before it is read. */
    onStatus() {},
    async begin() {
      if (fake.now.state === 'none') throw new HairemError('conflict', 'nothing is prepared');
      fake.begun += 1;
    },
    async status() {
      fake.onStatus();
      return fake.now;
    },
  };
  return fake;
}

/** Answers with what the test put there, or fails. */
function fakeHistory() {
  const asked: HistoryQuery[] = [];
  const own = { asked, entries: [] as HistoryEntry[], error: null as Error | null };
  return {
    ...own,
    async read(this: typeof own, query: HistoryQuery) {
      this.asked.push(query);
      if (this.error) throw this.error;
      return this.entries;
    },
  };
}

/** Listens on a free port; for streams, which `inject` would wait for. */
export async function listening(rig: ApiRig): Promise<string> {
  await rig.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = rig.app.server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}
