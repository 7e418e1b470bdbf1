/** One database: what is done with calls whose process dies under them, so that a culprit is found and others go on. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { CallHead, ReplyHead, StoreTrouble } from '../../../orchestrator/src/domain/messages/store-call.ts';
import type { RunningLog } from '../../../orchestrator/src/domain/ports/running.ts';
import { DatabaseProcess } from '../../../orchestrator/src/store/database-process.ts';

interface Played {
  sent: CallHead[];
  reply(head: ReplyHead): void;
  open(): void;
  fail(why: string): void;
  end(why: string): void;
  killed: string[];
}

const NOTHING = Buffer.alloc(0);
let children: Played[];
let now: number;
let deaths: Map<string, number>;
let told: string[];
let troubles: (StoreTrouble | null)[];
let database: DatabaseProcess;

const settled = () => new Promise((resolve) => setImmediate(resolve));
const died = (key: string, weight: number) => deaths.set(key, (deaths.get(key) ?? 0) + weight);
const running: RunningLog = {
  deathsOf: (key) => deaths.get(key) ?? 0,
  begin() {},
  end() {},
  died: (key) => died(key, 1),
  condemn: (key) => died(key, 1_000),
  crashes: () => 0,
  suspects: () => [],
  close() {},
};

beforeEach(() => {
  [children, now, deaths, told, troubles] = [[], 0, new Map(), [], []];
  database = new DatabaseProcess({
    name: 'agent:eve',
    spawn(_, onReply) {
      const [opened, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
      const child: Played = {
        sent: [],
        killed: [],
        reply: (head) => onReply(head, NOTHING),
        open: () => opened.resolve(),
        fail(why) {
          opened.reject(new Error(why));
          ended.resolve(why);
        },
        end: (why) => ended.resolve(why),
      };
      children.push(child);
      return {
        opened: opened.promise,
        ended: ended.promise,
        send: (head) => void child.sent.push(head),
        close: () => ended.resolve('exit code 0'),
        kill(why) {
          child.killed.push(why);
          ended.resolve(why);
        },
      };
    },
    turn: async () => () => {},
    running,
    now: () => now,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    onDeath: (message) => void told.push(message),
    onTrouble: (trouble) => void troubles.push(trouble),
  });
});

let ids = 100;
function ask(request: string, method = 'memory.query') {
  const head = { type: 'call', id: ids++, database: 'agent:eve', method, request, quota: null } as const;
  return database.call(head, NOTHING).then(({ head: answer }) => {
    assert.equal(answer.id, head.id, 'answered under its own id');
    return answer.ok ? 'ok' : answer.error.code;
  });
}
/** The process that runs now. */
const child = () => children.at(-1) as Played;
async function opened(): Promise<void> {
  await settled();
  child().open();
  await settled();
}
async function answerAll(): Promise<void> {
  for (const { id } of child().sent.splice(0)) child().reply({ type: 'reply', id, ok: true });
  await settled();
}
async function dies(why = 'SIGSEGV'): Promise<void> {
  child().end(why);
  await opened();
}

describe('a database process', () => {
  test('starts when it is asked, and answers what waited', async () => {
    const answers = [ask('a'), ask('b')];
    await opened();
    assert.deepEqual(
      child().sent.map(({ request }) => request),
      ['a', 'b'],
    );
    await answerAll();
    assert.deepEqual(await Promise.all(answers), ['ok', 'ok']);
    assert.equal(children.length, 1);
  });

  test('what ran alone when it died is answered with an error, and not run when it comes again', async () => {
    const poison = ask('poison');
    await opened();
    child().end('SIGSEGV');
    assert.equal(await poison, 'refused');
    assert.match(told[0] ?? '', /ended \(SIGSEGV\) while it ran memory\.query \(request poison\)$/);
    assert.equal(await ask('poison'), 'refused');
    assert.equal(children.length, 1, 'and no process is started for it');
  });

  test('what ran in company is run again, each alone: the innocent are answered', async () => {
    const [one, poison, other] = [ask('one'), ask('poison'), ask('other')];
    await opened();
    await dies();
    assert.deepEqual(
      child().sent.map(({ request }) => request),
      ['one'],
    );
    await answerAll();
    assert.equal(await one, 'ok');
    assert.deepEqual(
      child().sent.map(({ request }) => request),
      ['poison'],
    );
    await dies();
    assert.equal(await poison, 'refused');
    await answerAll();
    assert.equal(await other, 'ok');
  });

  test('three deaths within a minute close it for a minute, with its culprit named', async () => {
    for (const request of ['a', 'b', 'c']) {
      const asked = ask(request);
      await opened();
      child().end('SIGSEGV');
      assert.equal(await asked, 'refused');
    }
    assert.match(troubles[0]?.message ?? '', /ended 3 times within a minute, the last time: SIGSEGV/);
    assert.equal(await ask('innocent'), 'unavailable');
    now += 60_000;
    database.checkDeadlines();
    assert.deepEqual(troubles.slice(1), [null]);
    const asked = ask('innocent');
    await opened();
    await answerAll();
    assert.equal(await asked, 'ok');
  });

  test('deaths that are far apart do not close it', async () => {
    for (const request of ['a', 'b', 'c', 'd']) {
      const asked = ask(request);
      await opened();
      child().end('SIGKILL');
      await asked;
      now += 31_000;
    }
    assert.deepEqual(troubles, []);
  });

  test('one that never comes up is not tried with each call', async () => {
    for (let tries = 0; tries < 3; tries += 1) {
      const asked = ask(`try ${tries}`);
      await settled();
      child().fail('it is broken');
      assert.equal(await asked, 'unavailable');
      await settled();
    }
    assert.equal(await ask('another'), 'unavailable');
    assert.equal(children.length, 3);
    assert.equal(troubles.length, 1);
  });

  test('one that answers nothing is killed', async () => {
    const asked = ask('endless');
    await opened();
    now += 45_000;
    database.checkDeadlines();
    assert.deepEqual(child().killed, []);
    now += 1;
    database.checkDeadlines();
    assert.match(child().killed[0] ?? '', /answered nothing in 45 s/);
    assert.equal(await asked, 'refused');
  });

  test('one that rests is started again by the next call, and its end is nobody’s fault', async () => {
    const first = ask('a');
    await opened();
    await answerAll();
    await first;
    database.rest();
    const second = ask('b');
    await settled();
    await opened();
    await answerAll();
    assert.equal(await second, 'ok');
    assert.deepEqual([children.length, told.length], [2, 0]);
  });
});
