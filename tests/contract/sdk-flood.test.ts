/** An instance that one speaker floods: above what is heard of one it is dropped unread and counted, and others are served. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ON_REDIS, probesOnRedis } from '../fakes/sdk-probes.ts';
import { type Fields, SDK } from '../fakes/sdk-rig.ts';
import { eventually } from '../rig/eventually.ts';

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

  test('of large words: two to one and one to all are heard, the rest is counted, and everyone else is answered', async () => {
    const probe = await first({ name: 'true' });
    for (let n = 0; n < 5; n += 1) await rig().redis.publish('agent:probe:wolf', message('wolf', 'probe'));
    for (let n = 0; n < 5; n += 1) await rig().redis.publish('broadcast:wolf', message('wolf', 'broadcast'));
    await rig().redis.publish('agent:probe:sheep', message('sheep', 'probe'));
    assert.equal((await rig().request({ payload: {} })).payload.by, 'true');
    await eventually('what is too much is counted', () => {
      const [beat] = said(probe, 'heartbeat').slice(-1);
      const { flood = 0, unreadable = 0 } = (beat?.message.dropped ?? {}) as Fields;
      return flood === 3 + 4 && unreadable === 0;
    });
  });
});
