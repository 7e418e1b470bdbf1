/** The Node runtime as real processes on a real Redis: what the pure tests of the state machine cannot show. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SdkRig } from '../fakes/sdk-rig.ts';

describe('an instance', { timeout: 120_000 }, () => {
  let rig: SdkRig;
  before(async () => {
    rig = await SdkRig.start();
  });
  after(() => rig.stop());

  test('says hello, then standby at its mark, then active at the cut, and answers', async () => {
    const probe = await rig.first();
    const { payload } = await rig.request({ payload: { echo: 'hi' } });
    assert.equal(payload.echo, 'hi');
    assert.equal(payload.by, 'probe 1');
    await rig.control({ type: 'retire', inst: probe.inst, window: 'closed' });
    assert.equal(await probe.exited, 0);
    assert.ok(
      probe.lines.some((line) => line.includes('torn down')),
      probe.lines.join('\n'),
    );
  });
});
