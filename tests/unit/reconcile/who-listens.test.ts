/** Who may hear a name that is no agent's: connections of others that listen. Looks are shared, and never older than the question. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BusConnection } from '../../../orchestrator/src/domain/ports/bus-state.ts';
import { createWhoListens } from '../../../orchestrator/src/reconcile/services/who-listens.ts';

const of = (user: string, listens = true): BusConnection => ({
  ...{ id: '1', user, address: '10.0.0.1', listens, ageSeconds: 1, unreadBytes: 0, unfinishedBytes: 0, unsentBytes: 0 },
});
const ROLES = { isOurs: (user: string) => user === 'orchestrator', isAgent: (id: string) => id === 'ada' };

const LOOKS: Readonly<Record<string, [BusConnection[], boolean]>> = {
  'ours and an agent’s': [[of('orchestrator'), of('ada.3')], false],
  'one of somebody else': [[of('ada.3'), of('a2ui')], true],
  'one of somebody else who only speaks': [[of('a2ui', false)], false],
  'one with a name like an instance’s of no agent': [[of('bench.1')], true],
  'one without a name': [[of('default')], true],
};

for (const [name, [connections, others]] of Object.entries(LOOKS)) {
  test(`whether others listen: ${name}`, async () => {
    const bus = { connections: async () => connections };
    assert.equal(await createWhoListens({ bus, ...ROLES })(), others);
  });
}

test('who asks while it is being looked gets one more look, shared; also behind one that failed', async () => {
  const looks: PromiseWithResolvers<BusConnection[]>[] = [];
  const connections = () => {
    const look = Promise.withResolvers<BusConnection[]>();
    looks.push(look);
    return look.promise;
  };
  const othersListen = createWhoListens({ bus: { connections }, ...ROLES });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const first = assert.rejects(othersListen(), /away/);
  const [second, third] = [othersListen(), othersListen()];
  assert.equal(looks.length, 1);
  looks[0]?.reject(new Error('Redis is away'));
  await first;
  await settled();
  assert.equal(looks.length, 2);
  looks[1]?.resolve([of('a2ui')]);
  assert.deepEqual(await Promise.all([second, third]), [true, true]);
});
