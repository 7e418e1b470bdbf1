/**
 * The store as a process, asked past the check of query texts: what a child has nothing to show of, what a query can break,
 * what a death costs, and what a database may hold.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { StoreStatus } from '../../orchestrator/src/domain/messages/store-call.ts';
import type { MemoryStore } from '../../orchestrator/src/domain/ports/stores.ts';
import { systemClock } from '../../orchestrator/src/process/system-clock.ts';
import { createStoreClient, type StoreClient } from '../../orchestrator/src/store/client.ts';
import { createStoredMemory } from '../../orchestrator/src/store/remote-stores.ts';
import { eventually } from '../support/eventually.ts';
import { type Program, startProgram } from '../support/installation/program.ts';

const CANARY = 'canary-4711';
const MIB = 2 ** 20;

let dir: string;
let store: Program;
let client: StoreClient;
let memory: MemoryStore;
let status: StoreStatus;
const quotas = new Map<string, number>();
const socket = () => join(dir, 'store.sock');

async function start(): Promise<void> {
  const env = { HAIREM_STORE_DIR: join(dir, 'store'), HAIREM_STORE_SOCKET: socket(), HAIREM_CANARY: CANARY };
  store = startProgram({ command: 'store', env: { ...env, PATH: `${process.env.PATH}` }, logFile: join(dir, 'log') });
  await eventually('the store listens', async () => (await stat(socket())).isSocket());
}
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hairem-store-'));
  await writeFile(join(dir, 'secret.txt'), CANARY);
  await start();
  client = createStoreClient({
    path: socket(),
    clock: systemClock,
    onStatus: (said) => {
      status = said;
    },
  });
  memory = createStoredMemory(client, async (agent) => quotas.get(agent) ?? 512 * MIB);
});
after(async () => {
  client.close();
  await store.stop();
  await rm(dir, { recursive: true, force: true });
});

let asked = 0;
function query(agent: string, surql: string, id = `q${asked++}`): Promise<unknown[]> {
  return memory.query(agent, { id, surql, vars: {}, grows: /CREATE/.test(surql) });
}
const remember = (agent: string, content: string) =>
  memory.remember(agent, { id: content, content, tags: [], embedding: null });

/** Processes of this agent's database. */
function childrenOf(agent: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words.includes(`agent:${agent}`) && words.some((word) => word.startsWith(dir));
    } catch {
      return false;
    }
  });
}

/** A query that takes some seconds, under way. */
async function underWay(agent: string, id: string) {
  await query(agent, 'RETURN 1');
  const running: Promise<unknown> = query(agent, 'FOR $i IN 0..1000000000 { LET $x = $i }', id);
  running.catch(() => {});
  const log = join(dir, 'store', 'running.log');
  await eventually('it runs', () => readFileSync(log, 'utf8').includes(`memory.query ${id}`), { intervalMs: 10 });
  return { answer: running };
}

describe('the store as a process', { timeout: 150_000 }, () => {
  test('a query finds no file and no variable, whatever it names', async () => {
    const paths = ['/proc/self/environ', '/proc/1/environ', '/etc/passwd', join(dir, 'secret.txt'), '../secret.txt'];
    for (const path of [...paths, `/proc/${store.pid}/environ`, '/proc/self/cmdline']) {
      const define = `DEFINE ANALYZER OVERWRITE x TOKENIZERS blank FILTERS mapper('${path}')`;
      const said = await query('eve', `${define}; RETURN search::analyze("x", "a b")`).then(JSON.stringify, String);
      assert.doesNotMatch(said, /canary|HAIREM_|root:|PATH=|child\.ts/, `${path}: ${said}`);
      assert.match(said, /HairemError|denied|not allowed/i, `${path} is refused: ${said}`);
    }
  });

  test('a child has nothing of ours in its environment', async () => {
    await query('eve', 'RETURN 1');
    const [pid] = childrenOf('eve');
    const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((line) => line.split('=')[0]);
    const known = ['', 'NODE_COMPILE_CACHE', 'SURREAL_FILE_ALLOWLIST', 'PWD', '_', 'SHLVL', 'OLDPWD'];
    assert.deepEqual(
      names.filter((name) => !known.includes(`${name}`)),
      [],
    );
  });

  test('a query that crashes the engine costs its owner one answer, and nobody else anything', async () => {
    await remember('bob', 'bob is here');
    const crash = `RETURN 1${'+1'.repeat(100_000)}`;
    const crashing = query('eve', crash, 'crash');
    const others = Array.from({ length: 50 }, () => query('bob', 'SELECT VALUE content FROM memory'));
    await assert.rejects(crashing, { code: 'refused', message: /process ended while it ran this/ });
    for (const answer of await Promise.all(others)) assert.deepEqual(answer, [['bob is here']]);
    await assert.rejects(query('eve', crash, 'crash'), { code: 'refused', message: /when it ran this before/ });
    assert.deepEqual(await query('eve', 'RETURN 2'), [2]);
    const [death] = status.deaths.filter(({ database }) => database === 'agent:eve');
    assert.match(death?.message ?? '', /memory\.query \(request crash\)/);
  });

  test('one that fills memory is ended by its limit', async () => {
    const many = (name: string) => `[${`${name},`.repeat(30)}]`;
    const hog = `LET $a = array::range(0, 10000); LET $b = ${many('$a')}; LET $c = ${many('$b')}; LET $d = ${many('$c')}; RETURN 1`;
    await assert.rejects(query('hog', hog), { code: 'refused', message: /more than 512 MiB of memory/ });
    assert.equal(store.ended(), null);
    assert.deepEqual(await query('bob', 'RETURN 1'), [1]);
  });

  test('a child that is killed three times closes its database for a minute, and it is said whose', async () => {
    for (let n = 0; n < 3; n += 1) {
      const { answer } = await underWay('victim', `slow${n}`);
      for (const pid of childrenOf('victim')) process.kill(pid, n === 1 ? 'SIGSEGV' : 'SIGKILL');
      await assert.rejects(answer, { code: 'refused' });
    }
    await assert.rejects(query('victim', 'RETURN 1'), { code: 'unavailable', message: /closed for a minute/ });
    assert.ok(status.troubles.some(({ database }) => database === 'agent:victim'));
    assert.deepEqual(await query('bob', 'RETURN 1'), [1]);
  });

  test('killed in the middle of 300 remembers, it keeps each once', async () => {
    const stored = Array.from({ length: 300 }, (_, n) => remember('many', `number ${n}`));
    await stored[20];
    await store.kill('SIGKILL');
    await start();
    assert.equal(new Set((await Promise.all(stored)).map(({ id }) => id)).size, 300);
    const [contents] = (await query('many', 'SELECT VALUE content FROM memory')) as [string[]];
    assert.deepEqual([contents.length, new Set(contents).size], [300, 300]);
  });

  test('above its quota nothing more is kept, and reading and deleting go on', async () => {
    quotas.set('full', 3 * MIB);
    await remember('full', 'kept before');
    const fill = async () => {
      for (let n = 0; n < 200; n += 1) {
        await query('full', 'FOR $i IN 0..200 { CREATE junk SET x = rand::string(1000) }');
        if (n % 8 === 7) await systemClock.sleep(300); // its size is looked at every two seconds
      }
    };
    await assert.rejects(fill(), {
      code: 'too_large',
      message: /memory of full holds \d+ MiB of at most 3 MiB: raise/,
    });
    await assert.rejects(remember('full', 'not kept'), { code: 'too_large' });
    const [found] = await memory.recall('full', { text: 'kept', embedding: null, tags: [], limit: 5 });
    assert.equal(found?.content, 'kept before');
    await query('full', 'DELETE junk RETURN NONE; REMOVE TABLE junk');
    await remember('bob', 'others have room');
    assert.ok((status.sizes.full ?? 0) >= 3 * MIB);
  });
});
