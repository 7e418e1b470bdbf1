/** A rotation, killed before and after each of its effects and begun anew: it ends the same, and locks nobody out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aMember } from '../../support/builders/a-member.ts';
import { life, renew, USERS, type World, world } from '../../support/fakes/rotating-world.ts';

async function carryOut(world: World): Promise<void> {
  const one = life(world);
  await one.settled();
  await one.rotation.begin();
  for (let looks = 0; looks < 6 && !world.it.isDead; looks += 1) {
    await one.look();
    if (!world.it.isDead) renew(world, one);
  }
  await one.end();
}

function assertChanged({ it }: World): void {
  assert.deepEqual(
    [...it.passwords].map(([user, known]) => [user, ...known]),
    USERS.map((user) => [user, `${user}-new`]),
  );
  assert.deepEqual([it.key, it.formerKey, it.token, it.nextToken, it.kept?.done], ['new', null, 'new', null, true]);
  assert.deepEqual(it.users.toSorted(), ['ada.2', 'bob.2']);
  assert.deepEqual(
    it.connections.map(({ id }) => id),
    ['1', '4'],
    'who came in with a password of before is ended',
  );
}

test('everything is changed, in an order that locks nobody out', async () => {
  const one = world();
  await carryOut(one);
  assertChanged(one);
  const added = ['2 of orchestrator', '2 of memory'];
  const alone = ['1 of orchestrator', '1 of memory', 'end'];
  assert.deepEqual(one.it.did, [...added, 'key', 'kept', 'token', ...alone, 'former key', 'kept']);
});

test('killed before and after each effect and begun anew, it ends the same', async () => {
  const effects = await (async () => {
    const one = world();
    await carryOut(one);
    return one.it.effects;
  })();
  assert.ok(effects >= 10);
  for (let killAt = 1; killAt <= effects; killAt += 1) {
    for (const after of [false, true]) {
      const one = world({ killAt, after });
      await carryOut(one);
      assert.ok(one.it.isDead);
      for (const [user, valid] of one.it.passwords)
        assert.ok(valid.includes(`${user}-${one.it.did.includes(`2 of ${user}`) ? 'new' : 'old'}`));
      const again = { ...one, ...world() };
      Object.assign(again.it, one.it, { isDead: false, effects: 0 });
      await carryOut(again);
      assertChanged(again);
    }
  }
});

test('an orchestrator that starts again goes on by itself once instances have expired', async () => {
  const one = world();
  const first = life(one);
  await first.settled();
  await first.rotation.begin();
  await first.look();
  await first.end();
  assert.deepEqual(one.it.kept?.expired, { ada: 1, bob: 1 });
  const second = life(one);
  await second.settled();
  assert.equal(second.rotation.expired('ada'), 1);
  renew(one, second);
  await second.look();
  assertChanged(one);
  await second.end();
});

test('what is prepared and was not begun waits for it; nothing prepared is a conflict', async () => {
  const one = world();
  const first = life(one);
  await first.settled();
  assert.equal((await first.rotation.status()).state, 'prepared');
  assert.deepEqual(one.it.did, []);
  one.it.kept = null;
  assert.equal((await first.rotation.status()).state, 'none');
  await assert.rejects(first.rotation.begin(), { code: 'conflict', message: /run `\.\/hairem rotate` on the host/ });
  await first.end();
});

test('a Redis that comes back with the passwords of before loses them again, until the files are right', async () => {
  const one = world();
  await carryOut(one);
  const next = life(one);
  await next.settled();
  one.it.passwords.get('memory')?.unshift('memory-old');
  one.it.connections.push({ id: '9', user: 'memory' });
  await next.look();
  assertChanged(one);
  one.it.kept = null; // `init` has made the files right
  await next.look();
  one.it.passwords.get('memory')?.push('the owner’s own');
  await next.look();
  assert.equal(one.it.passwords.get('memory')?.length, 2);
  assert.equal((await next.rotation.status()).state, 'none');
  await next.end();
});

test('it is said what it waits for, and what keeps it', async () => {
  const one = world();
  const first = life(one);
  await first.settled();
  await first.rotation.begin();
  await first.look();
  assert.deepEqual((await first.rotation.status()).waitsFor, [
    { id: 'ada', because: 'it waits for its turn' },
    { id: 'bob', because: 'it waits for its turn' },
  ]);
  one.it.isAway = true;
  await first.look();
  await first.look();
  const { state, problem } = await first.rotation.status();
  assert.deepEqual([state, problem], ['running', 'Redis did not answer']);
  assert.equal(first.errors.length, 1);
  one.it.isDown = true;
  await first.look();
  assert.equal((await first.rotation.status()).problem, 'Redis is away');
  Object.assign(one.it, { isDown: false, isAway: false });
  await first.look();
  assert.equal((await first.rotation.status()).problem, null);
  await first.end();
});

test('an agent that is removed meanwhile counts anew', async () => {
  const one = world();
  const first = life(one);
  await first.settled();
  await first.rotation.begin();
  await first.look();
  first.rotation.forget('ada');
  assert.equal(first.rotation.expired('ada'), 0);
  assert.deepEqual(one.it.kept?.expired, { bob: 1 });
  await first.end();
});

test('four have two instances at a time; the next begins when one of them has one again', async () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
  const one = world({ instances: ids });
  const first = life(one);
  await first.settled();
  await first.rotation.begin();
  await first.look();
  const turns = () => ids.filter((id) => first.rotation.expired(id) > 0);
  assert.deepEqual(turns(), ids);
  for (const id of ids.slice(0, 4)) first.actors.get(id)?.session.members.set(2, aMember(2, 'spare'));
  assert.deepEqual(turns(), ids.slice(0, 4));
  const session = first.actors.get('a')?.session;
  if (session) session.waitsForHandlers = true;
  assert.deepEqual(turns(), ids);
  if (session) session.waitsForHandlers = false;
  session?.members.delete(1);
  assert.deepEqual(turns(), ids);
  await first.end();
});
