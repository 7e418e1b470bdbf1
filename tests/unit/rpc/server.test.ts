/** Rule 14 on the side of the services: executed once, answered again, nobody waits behind another's flood. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import * as z from 'zod';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import {
  ANSWERS_KEPT_MS,
  type ServiceAnswer,
  serviceReplies,
} from '../../../orchestrator/src/domain/messages/service-call.ts';
import type { Journal } from '../../../orchestrator/src/domain/ports/stores.ts';
import { type Call, operation } from '../../../orchestrator/src/rpc/operation.ts';
import { createRpcServer, type RpcServer } from '../../../orchestrator/src/rpc/server.ts';
import { type SteppedClock, steppedClock } from '../../support/fakes/stepped-clock.ts';

interface Open {
  args: { text: string };
  call: Call;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

let server: RpcServer;
let clock: SteppedClock;
let said: { channel: string; answer: ServiceAnswer }[];
let open: Open[];
let journal: Map<string, unknown>;
let logged: string[];

const inMemory: Journal = {
  find: async (key) => (journal.has(key) ? { result: journal.get(key) } : null),
  keep: async (key, result) => void journal.set(key, result),
};

/** Each call stays open until the test ends it. */
const run = (args: { text: string }, call: Call) =>
  new Promise((resolve, reject) => open.push({ args, call, resolve, reject }));
const args = z.object({ text: z.string() });

beforeEach(() => {
  said = [];
  open = [];
  journal = new Map();
  logged = [];
  clock = steppedClock();
  server = start();
});

function start(): RpcServer {
  const operations = { think: operation({ args, run }), pay: operation({ args, run, journal: true }) };
  const note = (message: string) => logged.push(message);
  return createRpcServer({
    services: [{ name: 'llm', operations, perAgent: 2 }],
    repliesOf: serviceReplies,
    bus: { publish: async (channel, answer) => said.push({ channel, answer: answer as ServiceAnswer }) },
    journal: inMemory,
    clock,
    log: { debug: note, info: note, warn: note, error: note },
  });
}

/** What waits its turn begins in another turn of the event loop. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 2; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function ask(id: string, more: { from?: string; op?: string; [key: string]: unknown } = {}): Promise<void> {
  const { from = 'electra:7', op = 'think', ...rest } = more;
  server.take(
    `svc:llm:${from}`,
    JSON.stringify({ type: 'request', id, op, args: { text: 'hi' }, have: null, ...rest }),
  );
  await settled();
}
const answers = (channel = 're:electra:7:llm') =>
  said.filter((one) => one.channel === channel).map(({ answer }) => answer);
const results = (channel?: string) =>
  answers(channel).map((answer) => {
    if (answer.type !== 'reply') return answer.type;
    return answer.ok ? answer.result : answer.error.code;
  });

async function finish(result: unknown, n = 0): Promise<void> {
  if (result instanceof Error) open[n]?.reject(result);
  else open[n]?.resolve(result);
  await settled();
}

describe('an asker that is gone', () => {
  test('gives up what it asked for, once nobody has asked for a minute', async () => {
    await ask('1');
    for (let minute = 0; minute < 3; minute += 1) {
      clock.advance(50_000);
      await ask('1');
      server.forgetOld();
    }
    assert.equal(open[0]?.call.signal.aborted, false);
    clock.advance(60_000);
    server.forgetOld();
    assert.equal(open[0]?.call.signal.aborted, true);
  });
});

describe('an agent that is cut off', () => {
  test('is worked for no longer, and others are', async () => {
    for (const id of ['1', '2', '3']) await ask(id);
    await ask('1', { from: 'lisa:1' });
    server.giveUp('electra');
    await settled();
    assert.equal(open.map(({ call }) => call.signal.aborted).join(), 'true,true,false');
  });
});

describe('a request', () => {
  test('is executed once and answered again, from whatever instance it comes', async () => {
    await ask('r1');
    await ask('r1');
    await ask('r1', { from: 'electra:8' });
    await finish('thought');
    await ask('r1');
    assert.equal(open.length, 1);
    assert.deepEqual(results(), ['working', 'thought', 'thought']);
    assert.deepEqual(results('re:electra:8:llm'), ['working', 'thought']);
  });

  test('of another agent is another, whatever its id', async () => {
    await ask('r1');
    await ask('r1', { from: 'bob:7' });
    assert.equal(open.length, 2);
    await finish('for electra');
    assert.deepEqual(results('re:bob:7:llm'), []);
  });

  test('is forgotten when no asker can be trying any more', async () => {
    await ask('r1');
    await finish('thought');
    clock.advance(ANSWERS_KEPT_MS - 1);
    server.forgetOld();
    await ask('r1');
    assert.equal(open.length, 1);
    clock.advance(1);
    server.forgetOld();
    await ask('r1');
    assert.equal(open.length, 2);
  });

  test('that failed is answered again to who was waiting, and tried anew for another instance', async () => {
    await ask('r1');
    await finish(new HairemError('unavailable', 'the store is away'));
    await ask('r1');
    assert.deepEqual(results(), ['unavailable', 'unavailable']);
    await ask('r1', { from: 'electra:8' });
    assert.equal(open.length, 2);
  });

  test('gets a code and a message for what we know, and the log for the rest', async () => {
    await ask('r1');
    await finish(new TypeError('x is not a function'));
    const [answer] = answers();
    assert.ok(answer?.type === 'reply' && !answer.ok);
    assert.deepEqual(answer.error, { code: 'internal', message: 'the llm service failed; its log says how' });
    assert.deepEqual(logged, ['a request failed']);
  });

  test('that cannot be understood says why', async () => {
    await ask('r1', { op: 'dance' });
    await ask('r2', { op: 'toString' });
    await ask('r3', { args: { text: 5 } });
    assert.deepEqual(results(), ['bad_request', 'bad_request', 'bad_request']);
    const [first, , third] = answers();
    assert.match(JSON.stringify(first), /llm has no operation dance; it has think, pay/);
    assert.match(JSON.stringify(third), /expected string, received number/);
  });

  test('with an answer that no message can carry says so', async () => {
    await ask('r1');
    await finish('x'.repeat(1024 * 1024));
    assert.deepEqual(results(), ['too_large']);
  });

  test('on a channel or with a text that breaks the rules is dropped', () => {
    const text = JSON.stringify({ type: 'request', id: 'r', op: 'think', args: {} });
    for (const channel of ['svc:llm:electra', 'svc:llm:electra:x', 'svc:llm:electra:7:8', 'svc:music:electra:7']) {
      server.take(channel, text);
    }
    for (const wrong of ['{', '[]', '{"type":"request"}', JSON.stringify({ type: 'request', id: '', op: 'think' })]) {
      server.take('svc:llm:electra:7', wrong);
    }
    assert.equal(server.dropped(), 8);
    assert.equal(open.length, 0);
  });
});

describe('a streamed answer', () => {
  test('comes in numbered pieces, and what an asker lacks is sent again', async () => {
    await ask('r1');
    open[0]?.call.emit('a');
    open[0]?.call.emit('b');
    const [first] = answers();
    assert.ok(first?.type === 'chunk');
    said = [];
    await ask('r1', { have: { run: first.run, seq: 1 } });
    await finish('ab');
    assert.deepEqual(
      answers().map((answer) => (answer.type === 'working' ? 'working' : [answer.type, answer.seq])),
      [['chunk', 1], 'working', ['reply', 2]],
    );
    said = [];
    await ask('r1', { have: { run: 'of a process that was killed', seq: 9 } });
    assert.deepEqual(
      answers().map((answer) => answer.type),
      ['chunk', 'chunk', 'reply'],
    );
  });
});

describe('an operation that costs', () => {
  test('is written down before it is answered, and answered from there by the next process', async () => {
    await ask('r1', { op: 'pay' });
    await finish('bought');
    assert.deepEqual([...journal], [['llm:electra:r1', 'bought']]);
    server = start();
    await ask('r1', { op: 'pay' });
    assert.equal(open.length, 1);
    assert.deepEqual(results(), ['bought', 'bought']);
  });

  test('does not share what was written down between agents', async () => {
    await ask('r1', { op: 'pay' });
    await finish('bought');
    await ask('r1', { op: 'pay', from: 'bob:7' });
    assert.equal(open.length, 2);
  });
});

describe('an agent that asks much', () => {
  test('waits for itself, in order, and for nobody else', async () => {
    for (const id of ['r1', 'r2', 'r3', 'r4']) await ask(id, { args: { text: id } });
    await ask('other', { from: 'bob:7' });
    assert.deepEqual(
      open.map(({ args, call }) => [call.agent, args.text]),
      [
        ['electra', 'r1'],
        ['electra', 'r2'],
        ['bob', 'hi'],
      ],
    );
    await finish('done', 1);
    assert.equal(open[3]?.args.text, 'r3');
  });

  test('is told when it is too much, and that is no answer to keep', async () => {
    for (let n = 0; n < 2000; n += 1) server.take('svc:llm:electra:7', JSON.stringify(request(`r${n}`)));
    await ask('one more');
    assert.deepEqual(results(), ['busy']);
    await finish('done');
    await ask('one more');
    assert.deepEqual(results(), ['busy', 'done']);
  });

  test('does not make others be forgotten', async () => {
    await ask('kept', { from: 'bob:7' });
    await finish('for bob');
    const large = 'x'.repeat(900_000);
    for (let n = 1; n <= 25; n += 1) {
      await ask(`r${n}`);
      await finish(large, n);
    }
    await ask('kept', { from: 'bob:7' });
    assert.deepEqual(results('re:bob:7:llm'), ['for bob', 'for bob']);
    assert.equal(open.length, 26);
    await ask('r1');
    assert.equal(open.length, 27, 'its own oldest answers made room');
  });
});

const request = (id: string) => ({ type: 'request', id, op: 'think', args: { text: 'hi' } });

describe('giving up', () => {
  const cancel = async (from: string) => {
    server.take(`svc:llm:${from}`, JSON.stringify({ type: 'cancel', id: 'r1' }));
    await settled();
  };

  test('ends it when nobody else waits', async () => {
    await ask('r1');
    await ask('r1', { from: 'electra:8' });
    await cancel('electra:7');
    assert.equal(open[0]?.call.signal.aborted, false);
    await cancel('electra:8');
    assert.equal(open[0]?.call.signal.aborted, true);
  });

  test('ends everything when the process ends', async () => {
    await ask('r1');
    server.close();
    assert.equal(open[0]?.call.signal.aborted, true);
  });
});
