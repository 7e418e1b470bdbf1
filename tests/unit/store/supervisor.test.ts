/** The databases of the store together: so many processes at once, idle ones make room, what died is told. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type {
  CallHead,
  DatabaseName,
  ReplyHead,
  StoreStatus,
} from '../../../orchestrator/src/domain/messages/store-call.ts';
import { createSupervisor, type Supervisor } from '../../../orchestrator/src/store/supervisor.ts';

const NOTHING = Buffer.alloc(0);
let alive: Map<DatabaseName, { end(why: string): void; answer(): void }>;
let starts: DatabaseName[];
let told: StoreStatus[];
let now: number;
let store: Supervisor;

const settled = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  [alive, starts, told, now] = [new Map(), [], [], 0];
  store = createSupervisor({
    spawn(database, onReply) {
      const ended = Promise.withResolvers<string>();
      const sent: CallHead[] = [];
      const end = (why: string) => {
        alive.delete(database);
        ended.resolve(why);
      };
      const answer = () => {
        for (const { id } of sent.splice(0)) onReply({ type: 'reply', id, ok: true } satisfies ReplyHead, NOTHING);
      };
      starts.push(database);
      alive.set(database, { end, answer });
      return {
        opened: Promise.resolve(),
        ended: ended.promise,
        send: (head) => void sent.push(head),
        close: () => end('exit code 0'),
        kill: end,
      };
    },
    running: {
      deathsOf: () => 0,
      begin() {},
      end() {},
      died() {},
      condemn() {},
      crashes: () => 0,
      suspects: () => [],
      close() {},
    },
    most: 2,
    sizeOf: async () => 0,
    now: () => now,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    onStatus: (status) => void told.push(status),
  });
});

let ids = 1;
async function ask(database: DatabaseName): Promise<string> {
  const head = { type: 'call', id: ids++, database, method: 'memory.query', request: 'r', quota: null } as const;
  const { head: answer } = await store.call(head, NOTHING);
  return answer.ok ? 'ok' : answer.error.code;
}
async function turns(): Promise<void> {
  for (let n = 0; n < 5; n += 1) await settled();
}

test('a third database waits until one of two has nothing to do, which makes room for it', async () => {
  const [a, b] = [ask('agent:a'), ask('agent:b')];
  await turns();
  const c = ask('agent:c');
  await turns();
  assert.deepEqual(starts, ['agent:a', 'agent:b']);
  alive.get('agent:a')?.answer();
  await turns();
  assert.deepEqual([...alive.keys()], ['agent:b', 'agent:c']);
  for (const { answer } of alive.values()) answer();
  assert.deepEqual(await Promise.all([a, b, c]), ['ok', 'ok', 'ok']);
});

test('our own database never waits for agents', async () => {
  void ask('agent:a');
  void ask('agent:b');
  await turns();
  const own = ask('own');
  await turns();
  alive.get('own')?.answer();
  assert.equal(await own, 'ok');
});

test('whoever waits too long is told that it is busy', async () => {
  void ask('agent:a');
  void ask('agent:b');
  await turns();
  const late = ask('agent:c');
  await turns();
  now += 30_000;
  store.look();
  assert.equal(await late, 'busy');
});

test('a process without a call for a minute is ended, and not before', async () => {
  const asked = ask('agent:a');
  await turns();
  alive.get('agent:a')?.answer();
  await asked;
  now += 60_000;
  store.look();
  assert.equal(alive.size, 1);
  now += 1;
  store.look();
  assert.equal(alive.size, 0);
});

test('a death is told with whose it was, for a minute; the other databases go on', async () => {
  const [a, b] = [ask('agent:a'), ask('agent:b')];
  await turns();
  alive.get('agent:a')?.end('SIGSEGV');
  assert.equal(await a, 'refused');
  const [death] = told.at(-1)?.deaths ?? [];
  assert.equal(death?.database, 'agent:a');
  assert.match(death?.message ?? '', /SIGSEGV/);
  alive.get('agent:b')?.answer();
  assert.equal(await b, 'ok');
  now += 60_000;
  assert.deepEqual(store.status().deaths, []);
});
