/** What an agent keeps over real updates: its context, its tasks, one of each, and what becomes of tasks that do not end. */
import assert from 'node:assert/strict';
import type { Runtime } from '../../orchestrator/src/domain/version.ts';
import { command } from '../support/agents/command.ts';
import { untilUpdated } from '../support/agents/crew.ts';
import { keeper, keeperLogic } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const SWAPS = 10;
const TICKS = 20;

const RUNTIME: Readonly<Record<string, Runtime>> = {
  keeper: 'node',
  'keeper-py': 'python',
  deaf: 'node',
  once: 'python',
};

const scenario = onInstallation({
  agents: {
    keeper: keeper('node'),
    'keeper-py': keeper('python'),
    deaf: keeper('node', { config: { deaf: true }, update: { monitor_seconds: 10, drain_seconds: 20 } }),
    once: keeper('python', { config: { once: true, crash: 'bad' }, update: { monitor_seconds: 10 } }),
  },
  env: { HAIREM_BACKOFF_BASE_MS: '600000' },
});

interface Kept {
  mark: string;
  count: number;
  user: string | null;
  said: string[];
}

const count = async (installation: Installation, id: string) =>
  Number((await command(installation, id, { name: 'count' })).result);
const kept = async (installation: Installation, id: string) =>
  (await command(installation, id, { name: 'context' })).result as Kept;

function save({ agents }: Installation, id: string, mark: string): Promise<void> {
  const { file, text } = keeperLogic(mark, RUNTIME[id] ?? 'node');
  return agents.save(id, file, text);
}

const states = async ({ api }: Installation, id: string) =>
  (await api.agent(id)).tasks.map(({ name, state }) => `${name} ${state}`);

/** The next ticks of this agent, as `user` hears them. */
async function nextTicks({ bus }: Installation, id: string): Promise<{ tick: number; run: number; mark: string }[]> {
  const ears = bus.redis.duplicate();
  const heard: { tick: number; run: number; mark: string }[] = [];
  ears.on('message', (_channel, text: string) => {
    const { payload } = JSON.parse(text);
    if (payload.tick) heard.push(payload);
  });
  await ears.subscribe(`agent:user:${id}`);
  await eventually(`${id} ticks`, () => heard.length >= TICKS);
  ears.disconnect();
  return heard;
}

scenario('they start', async (installation) => {
  await installation.startServices();
  await installation.untilActive(Object.keys(RUNTIME), 240_000);
});

for (const id of ['keeper', 'keeper-py']) {
  scenario(
    `${id}: after ${SWAPS} swaps it counts on, remembers what was said, and one task runs`,
    async (installation) => {
      const { api } = installation;
      const hello = { type: 'user_message', payload: { content: 'good morning', user: 'ada' } };
      await api.call('POST', `/api/agents/${id}/messages`, { body: hello });
      for (let n = 1; n <= SWAPS; n += 1) {
        assert.equal(await count(installation, id), n);
        const { update } = await untilUpdated(installation, { id }, () => save(installation, id, `v${n}`));
        assert.equal(update.result, 'ok', JSON.stringify(update));
      }
      const { mark, count: counted, user, said } = await kept(installation, id);
      assert.deepEqual([mark, counted, user], [`v${SWAPS}`, SWAPS, 'ada']);
      assert.equal(said[0], 'user: good morning');
      const ticks = await nextTicks(installation, id);
      assert.equal(new Set(ticks.map(({ run }) => run)).size, 1);
      assert.equal(ticks[0]?.mark, `v${SWAPS}`);
      await eventually(
        'the registry shows it',
        async () => (await states(installation, id)).join() === 'ticker running',
      );
    },
  );
}

scenario('a task that ignores its cancellation is named, and the swap goes on without it', async (installation) => {
  const old = (await installation.api.agent('deaf')).instance;
  const { update } = await untilUpdated(installation, { id: 'deaf' }, () => save(installation, 'deaf', 'v1'));
  assert.equal(update.result, 'ok', JSON.stringify(update));
  const { warnings, tasks } = await installation.api.agent('deaf');
  assert.ok(warnings.includes(`tasks: instance ${old} left running, although cancelled: deaf`), warnings.join('\n'));
  assert.deepEqual(
    tasks.map(({ name, state }) => `${name} ${state}`),
    ['ticker running', 'deaf running'],
  );
});

scenario(
  'after a revert a coroutine that had run gets a fresh instance, and the context with it',
  async (installation) => {
    assert.equal(await count(installation, 'once'), 1);
    const before = (await installation.api.agent('once')).instance;
    await save(installation, 'once', 'bad');
    const results = async () => {
      const { body } = await installation.api.call('GET', '/api/agents/once/updates');
      return (body as { lane: string; result: string; because: string }[]).map(
        ({ lane, result, because }) => `${lane} ${result}, ${because}`,
      );
    };
    await eventually(
      'it was reverted and has a fresh instance',
      async () => {
        const all = (await results()).join('\n');
        if (!/code reverted/.test(all) || !/restart ok, only a fresh instance can begin again: once/.test(all))
          throw new Error(all);
        return true;
      },
      { deadlineMs: 90_000 },
    );
    await eventually(
      'all its tasks run',
      async () => (await states(installation, 'once')).join() === 'ticker running,once running',
    );
    const { mark, count: counted } = await kept(installation, 'once');
    assert.deepEqual([mark, counted], ['v0', 1]);
    assert.ok(Number((await installation.api.agent('once')).instance) > Number(before) + 1);
  },
);
