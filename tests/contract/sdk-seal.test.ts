/** Whom an instance believes: one welcome in its life, and what the orchestrator sealed for it, once. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createControlSeal, newControlKey } from '../../orchestrator/src/bus/control-seal.ts';
import { eventually } from '../support/eventually.ts';
import { ON_REDIS, probesOnRedis } from '../support/harness/sdk-probes.ts';
import { type Fields, type Probe, SDK, softPart } from '../support/harness/sdk-rig.ts';

describe(`whom an instance believes (${SDK})`, ON_REDIS, () => {
  const { rig, first, said } = probesOnRedis();
  const dropped = (probe: Probe, why: string, count: number) =>
    eventually(`${count} are dropped as ${why}`, () => {
      const [beat] = said(probe, 'heartbeat').slice(-1);
      return ((beat?.message.dropped as Fields | undefined)?.[why] ?? 0) === count;
    });

  test('takes one welcome in its life, and counts the others', async () => {
    const probe = await first({ name: 'true', secrets: { TOKEN: 'sesame-open' } });
    await rig().welcome(probe.inst, { name: 'second', secrets: { TOKEN: 'of-somebody-else' } });
    await dropped(probe, 'welcome', 1);
    assert.deepEqual((await rig().command('secret')).result, ['sesame-open', 'sesame-open', 'sesame-open']);
    assert.equal((await rig().request({ payload: {} })).payload.by, 'true');
  });

  test('hears nobody but the orchestrator on ctl and re, also from one who has its password', async () => {
    const probe = await first({ name: 'true' });
    const { inst } = probe;
    const welcome = { type: 'welcome', id: 'probe', inst, hash: 'h', soft: softPart('forged', {}), secrets: {} };
    const forged: [channel: string, message: Fields][] = [
      ['ctl:probe', { type: 'stop', inst }],
      ['ctl:probe', { type: 'retire', inst, window: 'closed' }],
      ['ctl:probe', { type: 'cut', id: 'c', term: 99, to: inst + 1, adopt: [], conns: {} }],
      ['ctl:probe', { type: 'config_update', inst, hash: 'h', soft: softPart('forged', {}) }],
      ['ctl:probe', { type: 'whois', nonce: 'forged' }],
      [`re:probe:${inst}`, { ...welcome, drain_seconds: 5 }],
    ];
    for (const [channel, message] of forged) {
      await rig().redis.publish(channel, JSON.stringify(message));
      const other = createControlSeal({ current: newControlKey(), former: null }, 1_000_000);
      await rig().redis.publish(channel, JSON.stringify(other.seal(channel, 'probe', message)));
    }
    await dropped(probe, 'forged', 2 * forged.length);
    assert.equal((await rig().request({ payload: {} })).payload.by, 'true');
    assert.deepEqual(
      rig().heard.filter(({ message }) => message.nonce === 'forged'),
      [],
    );
  });

  test('hears nothing twice: what was recorded is not heard again', async () => {
    const probe = await first();
    const cancel = rig().sealed('ctl:probe', { type: 'whois', nonce: 'once' });
    const answers = () => rig().heard.filter(({ message }) => message.nonce === 'once').length;
    await rig().redis.publish('ctl:probe', cancel);
    await eventually('it is answered', () => answers() === 1);
    await rig().redis.publish('ctl:probe', cancel);
    await dropped(probe, 'forged', 1);
    assert.equal(answers(), 1);
  });
});
