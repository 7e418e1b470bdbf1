/** Our own users' passwords on a real redis-server: added, alone again, read anew for each connection. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createRedisBus, type RedisBus } from '../../orchestrator/src/bus/redis-bus.ts';
import { withoutRedis } from '../run/needs.ts';
import { newPassword, type RedisServer, sha256, startRedisServer } from '../support/servers/redis-server.ts';

describe('the passwords of a user', { skip: withoutRedis, timeout: 60_000 }, () => {
  let server: RedisServer;
  const buses: RedisBus[] = [];
  const abort = new AbortController();
  beforeEach(async () => {
    server = await startRedisServer();
  });
  afterEach(async () => {
    for (const bus of buses.splice(0)) bus.close();
    await server.stop();
  });

  function open(passwords: () => readonly string[]) {
    const errors: string[] = [];
    const onError = (message: string) => errors.push(message);
    const options = { onError, onRival: null, patterns: ['st:*'], sleep: async () => {} };
    const bus = createRedisBus({ ...server.address(), passwords }, options);
    const states: string[] = [];
    bus.onState((state) => states.push(state));
    buses.push(bus);
    return { bus, errors, states, start: () => bus.start(abort.signal) };
  }

  test('one more, and that one alone: who is in stays, and nobody comes in with the former', async () => {
    const { bus, start } = open(server.address().passwords);
    await start();
    const next = newPassword();
    const former = sha256(server.orchestrator.password);
    await bus.setPasswords('orchestrator', [former, sha256(next)]);
    assert.deepEqual(await bus.passwordsOf('orchestrator'), [former, sha256(next)]);
    await bus.setPasswords('orchestrator', [sha256(next)]);
    assert.deepEqual(await bus.passwordsOf('orchestrator'), [sha256(next)]);
    assert.deepEqual(await bus.passwordsOf('nobody'), []);
    await assert.rejects(bus.setPasswords('nobody', [sha256(next)]), { code: 'not_found' });
    // Whoever has a connection keeps it.
    assert.equal(await bus.publish('ctl:ada', {}), 0);
    const late = open(server.address().passwords);
    late.start().catch(() => {});
    await until(() => late.errors.some((message) => /WRONGPASS/.test(message)));
    const newest = open(() => [next]);
    await newest.start();
  });

  test('what a thief gave to a user of ours is taken from it; users of its own making are told', async () => {
    const { bus, start, states } = open(server.address().passwords);
    await start();
    const redis = new Redis({ port: server.port, ...server.orchestrator, disableClientInfo: true });
    const rightsOf = async (user: string) => String(await redis.call('ACL', 'GETUSER', user));
    await bus.setPasswords('memory', [sha256('own')]);
    const own = await rightsOf('memory');
    await redis.call('ACL', 'SETUSER', 'memory', '>thief', '+@all', '~*', '&*', '(+get ~x)');
    await bus.setPasswords('memory', [sha256('own')]);
    assert.equal(await rightsOf('memory'), own);
    assert.deepEqual(await bus.strangers(), []);
    await redis.call('ACL', 'SETUSER', 'evil', 'on', '>x', '+@all');
    await redis.call('ACL', 'SETUSER', 'ada.1', 'on');
    assert.deepEqual(await bus.strangers(), ['evil']);
    await redis.call('ACL', 'SETUSER', 'default', 'on');
    assert.deepEqual(await bus.strangers(), ['default', 'evil']);
    redis.disconnect();
    assert.deepEqual(states, ['up']);
  });

  test('a connection that is ended comes back with the newest, read anew', async () => {
    let known: readonly string[] = server.address().passwords();
    const other = open(server.address().passwords);
    await other.start();
    const { bus, states, errors, start } = open(() => known);
    await start();
    const next = newPassword();
    await other.bus.setPasswords('orchestrator', [sha256(next)]);
    known = [next, ...known];
    const before = bus.connection();
    assert.ok((await other.bus.connections()).some(({ id }) => id === before));
    await other.bus.endConnections([before ?? '']);
    await until(() => states.join() === 'up,down,up');
    assert.deepEqual(errors, []);
    assert.notEqual(bus.connection(), before);
  });

  test('where the newest is not known yet, or no more the former, the other is tried', async () => {
    const [known, next] = [server.orchestrator.password, newPassword()];
    const other = open(() => [next, known]);
    await other.start();
    const { bus, states, start } = open(() => [next, known]);
    await start();
    await other.bus.endConnections([bus.connection() ?? '']);
    await until(() => states.join() === 'up,down,up');
    // It is asked with the one that counts no more at its very first try.
    await open(() => [known, 'counts no more']).start();
  });
});

async function until(check: () => boolean): Promise<void> {
  while (!check()) await sleep(5);
}
