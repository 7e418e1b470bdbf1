/** What databases hold, and what is said to one that holds too much. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { createQuotas } from '../../../orchestrator/src/store/quotas.ts';

const MIB = 2 ** 20;
let bytes: number | Error;
let now: number;
let changes: number;
let quotas: ReturnType<typeof createQuotas>;

beforeEach(() => {
  [bytes, now, changes] = [0, 0, 0];
  quotas = createQuotas({
    async sizeOf() {
      if (bytes instanceof Error) throw bytes;
      return bytes;
    },
    now: () => now,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    onChange: () => {
      changes += 1;
    },
  });
});

async function refused(held: number | Error, quota: number | null): Promise<string | null> {
  bytes = held;
  now += 2_000;
  return (await quotas.refusal({ database: 'agent:eve', quota }))?.message ?? null;
}

for (const [held, quota, isRefused] of [
  [0, MIB, false],
  [MIB - 1, MIB, false],
  [MIB, MIB, true],
  [5 * MIB, MIB, true],
  [5 * MIB, null, false],
  [5 * MIB, 0, true],
] as const) {
  test(`${held} bytes of ${quota} are ${isRefused ? 'too many' : 'fine'}`, async () =>
    assert.equal((await refused(held, quota)) !== null, isRefused));
}

test('a refusal says whose, how much, and what to do', async () =>
  assert.match(
    (await refused(3 * MIB + 1, 3 * MIB)) ?? '',
    /memory of eve holds 4 MiB of at most 3 MiB: raise `database` of eve in deploy\/grants\.yaml/,
  ));

test('sizes are known by owner, and told when they change by more than a little', async () => {
  await refused(MIB, null);
  await refused(MIB + 1_000, null);
  assert.deepEqual([quotas.sizes(), changes], [{ eve: MIB + 1_000 }, 1]);
});

test('a size that cannot be read is the one from before', async () => {
  await refused(2 * MIB, MIB);
  assert.notEqual(await refused(new Error('no'), MIB), null);
});
