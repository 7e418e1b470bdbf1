/** Who asks a service over the bus, and no longer wants the answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRpcClient } from '../../../orchestrator/src/rpc/client.ts';

test('what is aborted before it is asked is not asked', async () => {
  const sent: string[] = [];
  const bus = { publish: async (channel: string) => sent.push(channel) };
  const asker = createRpcClient({ bus, clock: { after: () => () => {} }, silence: '' });
  const signal = AbortSignal.abort(new Error('given up'));
  const question = { channel: 'svc:memory:a:1', op: 'remember', args: {}, deadlineMs: 1, signal };
  await assert.rejects(asker.ask(question), { message: 'given up' });
  assert.deepEqual(sent, []);
});
