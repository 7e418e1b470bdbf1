/**
 * An update beside a handler that takes longer than `ready_seconds`, as the answer of a slow language model may: it
 * waits, says so, and loses nothing; what is wanted meanwhile comes first.
 */
import assert from 'node:assert/strict';
import { command } from '../support/agents/command.ts';
import { saveParrot, untilAnswers, untilUpdated, whoAnswers } from '../support/agents/crew.ts';
import { parrot, pythonParrot } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation } from '../support/installation/scenario.ts';
import { underLoad } from '../support/load/load.ts';
import { assertLossless } from '../support/load/lossless.ts';

const READY_SECONDS = 6;
const HOLD_MS = 15_000;
/** `drain_seconds` of the builders' manifest. */
const DRAIN_MS = 5_000;
const HANGS_MS = 120_000;
const CREW = ['parrot', 'pythonparrot'];

const update = { ready_seconds: READY_SECONDS };
const scenario = onInstallation({
  agents: { parrot: parrot({ mark: 'v0' }, { update }), pythonparrot: pythonParrot({ mark: 'v0' }, { update }) },
});

/** Makes one of its handlers work for so long. @returns what it answers in the end */
const hold = (it: Installation, id: string, { ms = HOLD_MS, waitSeconds = 60 } = {}) =>
  command(it, id, { name: 'hold', args: { ms }, waitSeconds });

/** Resolves, with the time since when, once its update waits for the handler. */
const untilWaits = ({ api }: Installation, id: string) =>
  eventually(`the update of ${id} waits`, async () => (await api.agent(id)).last_update?.waits_since, {
    intervalMs: 100,
  });

for (const id of CREW) {
  scenario(`${id}: the update goes through when the handler has ended, and nothing is lost`, async (it) => {
    await it.untilActive(CREW, 240_000);
    const load = { agents: CREW, rate: 100, publishers: 2 };
    const { result, report } = await underLoad(it, load, async () => {
      const held = hold(it, id);
      const { update: ended } = await untilUpdated(it, { id }, async () => {
        await saveParrot(it, id, { mark: 'v1' });
        await untilWaits(it, id);
        assert.equal((await it.api.agent(id)).active, true);
      });
      return { ended, answer: await held };
    });
    assert.equal(result.answer.status, 'success');
    assert.deepEqual([result.ended.result, result.ended.waits_since], ['ok', null]);
    assert.ok(Number(result.ended.ms) > READY_SECONDS * 1000, `${result.ended.ms} ms`);
    assertLossless(report);
    assert.equal((await whoAnswers(it, id)).mark, 'v1');
    const updates = await it.api.updates(id);
    assert.deepEqual(
      updates.map((one) => one.result),
      ['ok', 'ok'],
      'it was tried once',
    );
  });
}

scenario('a setup that hangs is refused in its own time, while a handler works for longer', async (it) => {
  const held = hold(it, 'parrot');
  const { update: refused } = await untilUpdated(it, { id: 'parrot' }, () =>
    saveParrot(it, 'parrot', { mark: 'bad', setup: 'hang' }),
  );
  assert.equal(refused.result, 'rejected');
  assert.match(refused.error?.message ?? '', /was not ready in 6 s: .*its setup\(\)/);
  assert.equal((await held).status, 'success');
});

scenario('a newer save takes the place of the one that waits', async (it) => {
  await saveParrot(it, 'parrot', { mark: 'v2' });
  await untilAnswers(it, { id: 'parrot', mark: 'v2' });
  const held = hold(it, 'parrot');
  await saveParrot(it, 'parrot', { mark: 'v3' });
  await untilWaits(it, 'parrot');
  const { update: given } = await untilUpdated(it, { id: 'parrot' }, () => saveParrot(it, 'parrot', { mark: 'v4' }));
  assert.match(given.error?.message ?? '', /another version is wanted/);
  await untilWaits(it, 'parrot');
  assert.equal((await it.api.call('POST', '/api/agents/parrot/reload')).status, 202);
  await untilAnswers(it, { id: 'parrot', mark: 'v4' });
  assert.equal((await held).status, 'success');
  await it.untilNoLeftovers(CREW);
});

scenario('a stop does not wait', async (it) => {
  const held = hold(it, 'parrot', { ms: 60_000, waitSeconds: 1 }).catch((error: Error) => error);
  await saveParrot(it, 'parrot', { mark: 'v5' });
  await untilWaits(it, 'parrot');
  assert.equal((await it.api.call('POST', '/api/agents/parrot/stop')).status, 202);
  await eventually('it is stopped', async () => (await it.api.agent('parrot')).status === 'stopped');
  assert.equal((await it.api.call('POST', '/api/agents/parrot/start')).status, 202);
  await untilAnswers(it, { id: 'parrot', mark: 'v5' });
  await held;
});

for (const id of CREW) {
  scenario(`${id}: a restart gives a handler that hangs its drain time, and nothing else is lost`, async (it) => {
    const { instance } = await it.api.agent(id);
    const load = { agents: CREW, rate: 100, publishers: 2 };
    const { result, report } = await underLoad(it, load, async () => {
      const held = hold(it, id, { ms: HANGS_MS, waitSeconds: 1 }).catch((error: Error) => error);
      assert.equal((await it.api.call('POST', `/api/agents/${id}/restart`)).status, 202);
      const asked = performance.now();
      await eventually('a fresh instance acts', async () => {
        const now = await it.api.agent(id);
        return now.active && now.instance !== instance;
      });
      await held;
      return performance.now() - asked;
    });
    assert.ok(result > DRAIN_MS - 1_000 && result < HANGS_MS / 4, `${Math.round(result)} ms`);
    assertLossless(report);
  });
}

scenario('an orchestrator that is killed while an update waits does it again', async (it) => {
  const held = hold(it, 'parrot').catch((error: Error) => error);
  await saveParrot(it, 'parrot', { mark: 'v6' });
  await untilWaits(it, 'parrot');
  await it.orchestrator().kill('SIGKILL');
  await it.startOrchestrator();
  await untilAnswers(it, { id: 'parrot', mark: 'v6' });
  await it.untilNoLeftovers(CREW);
  await held;
});
