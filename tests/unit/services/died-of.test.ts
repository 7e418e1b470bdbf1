/** A request that ended the services process again and again is answered with an error; all others are run as ever. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import * as z from 'zod';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { type ServiceAnswer, serviceReplies } from '../../../orchestrator/src/domain/messages/service-call.ts';
import { operation } from '../../../orchestrator/src/rpc/operation.ts';
import { createRpcServer, type RpcServer } from '../../../orchestrator/src/rpc/server.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

let server: RpcServer;
let said: ServiceAnswer[];
let open: { resolve(result: unknown): void; reject(error: Error): void }[];
let journal: Map<string, unknown>;
const args = z.object({ text: z.string() });
const run = () => new Promise((resolve, reject) => open.push({ resolve, reject }));
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function ask(id: string, op = 'think'): Promise<void> {
  const request = { type: 'request', id, op, args: { text: 'hi' }, have: null };
  server.take('svc:llm:electra:7', JSON.stringify(request));
  await settled();
}

describe('what this process died of', () => {
  const weights = new Map<string, number>();
  const written: string[] = [];
  const refused: string[] = [];
  const tried = () =>
    createRpcServer({
      services: [
        {
          name: 'llm',
          operations: { think: operation({ args, run }), pay: operation({ args, run, journal: true }) },
          perAgent: 9,
        },
      ],
      repliesOf: serviceReplies,
      bus: { publish: async (_, answer) => said.push(answer as ServiceAnswer) },
      journal: {
        find: async (key) => (journal.has(key) ? { result: journal.get(key) } : null),
        keep: async (key, result) => void journal.set(key, result),
      },
      running: {
        log: {
          deathsOf: (key) => weights.get(key) ?? 0,
          begin: (key) => void written.push(`+${key}`),
          end: (key) => void written.push(`-${key}`),
        },
        onRefused: (key) => void refused.push(key),
      },
      clock: steppedClock(),
      log: { debug() {}, info() {}, warn() {}, error() {} },
    });
  beforeEach(() => {
    [said, open, journal] = [[], [], new Map()];
    weights.clear();
    written.length = 0;
    refused.length = 0;
    server = tried();
  });
  const errors = () => said.flatMap((answer) => (answer.type === 'reply' && !answer.ok ? [answer.error.code] : []));

  test('is written down before it runs and when it has ended, well or not', async () => {
    await ask('a');
    await ask('b');
    assert.deepEqual(written, ['+llm:electra:a', '+llm:electra:b']);
    open[0]?.resolve(1);
    open[1]?.reject(new HairemError('bad_request', 'no'));
    await settled();
    await settled();
    assert.deepEqual(written.slice(2), ['-llm:electra:a', '-llm:electra:b']);
  });

  for (const [weight, isRun] of [
    [0, true],
    [2, true],
    [3, true],
    [4, false],
    [9, false],
  ] as const) {
    test(`with a weight of ${weight} it is ${isRun ? 'run' : 'answered with an error'}`, async () => {
      weights.set('llm:electra:a', weight);
      await ask('a');
      await settled();
      assert.deepEqual([open.length, refused.length], isRun ? [1, 0] : [0, 1]);
      assert.deepEqual(errors(), isRun ? [] : ['refused']);
    });
  }

  test('what is in the journal is answered from there all the same', async () => {
    weights.set('llm:electra:a', 9);
    journal.set('llm:electra:a', 'paid for');
    await ask('a', 'pay');
    await settled();
    assert.deepEqual([errors(), refused], [[], []]);
  });
});
