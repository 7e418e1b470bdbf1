/** Requests that a service does not run: of one that asks for too much, and what is nested too deeply. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import * as z from 'zod';
import { type ServiceAnswer, serviceReplies } from '../../../orchestrator/src/domain/messages/service-call.ts';
import { operation } from '../../../orchestrator/src/rpc/operation.ts';
import { createRpcServer, type RpcServer } from '../../../orchestrator/src/rpc/server.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

let server: RpcServer;
let ran: string[];
let answers: ServiceAnswer[];

beforeEach(() => {
  [ran, answers] = [[], []];
  const note = () => {};
  const think = operation({ args: z.looseObject({}), run: async (_args, { id }) => void ran.push(id) });
  server = createRpcServer({
    services: [{ name: 'llm', operations: { think }, perAgent: 8 }],
    repliesOf: serviceReplies,
    bus: { publish: async (_channel, answer) => answers.push(answer as ServiceAnswer) },
    journal: { find: async () => null, keep: async () => {} },
    clock: steppedClock(),
    log: { debug: note, info: note, warn: note, error: note },
  });
});

const settled = () => new Promise((resolve) => setImmediate(resolve));
const request = JSON.stringify({ type: 'request', id: 'r1', op: 'think', args: {}, have: null });

test('of one that asks for too much: answered with `busy` and why, and run when it comes again', async () => {
  server.refuse('svc:llm:electra:7', request, 'later');
  server.refuse('svc:llm:electra:7', 'not JSON', 'later');
  server.refuse('svc:llm:electra:7', JSON.stringify({ type: 'cancel', id: 'r1' }), 'later');
  const error = { code: 'busy', message: 'later' };
  assert.deepEqual(answers, [{ type: 'reply', id: 'r1', run: '', seq: 0, ok: false, error }]);
  assert.deepEqual([ran, server.dropped()], [[], 3]);
  server.take('svc:llm:electra:7', request);
  await settled();
  assert.deepEqual(ran, ['r1']);
});

test('of more than 64 levels of an agent, and 80 of the orchestrator, which carries what agents say', async () => {
  const say = (from: string, levels: number) => {
    const deep = '['.repeat(levels - 2) + ']'.repeat(levels - 2);
    server.take(`svc:llm:${from}:1`, `{"type":"request","id":"${levels}","op":"think","args":{"x":${deep}}}`);
  };
  for (const levels of [64, 65]) say('electra', levels);
  for (const levels of [80, 81]) say('orchestrator', levels);
  await settled();
  assert.deepEqual([ran, server.dropped()], [['64', '80'], 2]);
});
