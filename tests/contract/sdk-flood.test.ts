/** An instance that one speaker floods: above what is heard of one it is dropped unread and counted, and others are served. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { ON_REDIS, probesOnRedis } from '../support/harness/sdk-probes.ts';
import { type Fields, SDK } from '../support/harness/sdk-rig.ts';

describe(`a flood (${SDK})`, ON_REDIS, () => {
  const { rig, first, said } = probesOnRedis();

  const message = (sender: string, target: string) =>
    JSON.stringify({
      id: `${sender} ${target}`,
      timestamp: '2026-01-01T00:00:00Z',
      type: 'narrative.text',
      sender: { agent_id: sender },
      recipient: { target },
      payload: { content: 'x'.repeat(900_000) },
    });

  // How many are heard is a matter of the time that they take (contract/allowances.json); two and one, where it is none.
  test('of large words: what is not heard is counted, and everyone else is answered', async () => {
    const probe = await first({ name: 'true' });
    await rig().listenTo(['wolf']);
    const flood = rig().redis.pipeline();
    for (let n = 0; n < 5; n += 1) flood.publish('agent:probe:wolf', message('wolf', 'probe'));
    for (let n = 0; n < 5; n += 1) flood.publish('broadcast:wolf', message('wolf', 'broadcast'));
    await flood.exec();
    await rig().redis.publish('agent:probe:sheep', message('sheep', 'probe'));
    assert.equal((await rig().request({ payload: {} })).payload.by, 'true');
    const heard = () => rig().heard.filter(({ channel }) => channel === 'agent:wolf:probe').length;
    const dropped = () => (said(probe, 'heartbeat').at(-1)?.message.dropped ?? {}) as Fields;
    await eventually('what is too much is counted', () => heard() + Number(dropped().flood ?? 0) === 10);
    assert.ok(heard() >= 3 && heard() < 10, `${heard()} are heard`);
    assert.equal(dropped().unreadable ?? 0, 0);
  });
});
