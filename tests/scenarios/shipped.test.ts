/**
 * hAIrem as it ships, started by `./hairem` from docker-compose.yml: its own services as containers, a crew that thinks
 * and remembers, services that are killed or lose everything they have, a backup that is put back, and nothing left.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setInterval } from 'node:timers/promises';
import { promisify } from 'node:util';
import { volumeName } from '../../orchestrator/src/domain/labels.ts';
import { command } from '../support/agents/command.ts';
import { piecesIn, talk } from '../support/agents/talk.ts';
import { manifest, memo } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import { type ContainerDetail, engine, inspect, killNow } from '../support/host/engine.ts';
import { handbook } from '../support/installation/handbook.ts';
import { leftOf } from '../support/installation/left-of.ts';
import { fileInVolume } from '../support/installation/remove.ts';
import { hostAddress, prepareShipped, type Shipped } from '../support/installation/shipped.ts';
import { startLlmServer } from '../support/servers/llm-server.ts';

type Connection = Awaited<ReturnType<Shipped['connect']>>;

/** A first start builds hAIrem's image and the base images. */
const START_MS = 480_000;
const MEMOS = ['memo', 'memo-python'];
const CREW = [...MEMOS, 'poet'];

const model = await startLlmServer({ host: await hostAddress() });
after(() => model.close());
const shipped = await prepareShipped({
  agents: {
    poet: { 'manifest.yaml': 'name: Poet\n', 'persona.yaml': 'system_prompt: You are a poet.\n' },
    memo: { ...memo('node'), 'manifest.yaml': manifest({ extra: 'storage: true\n' }) },
    'memo-python': memo('python'),
  },
  env: { HAIREM_LLM_BASE_URL: `http://host.docker.internal:${model.port}/v1`, HAIREM_LLM_MODEL: 'small' },
  secrets: { POET_MUSE: '$tars' },
});
// As a flat name it could be PYTHON_KEY of memo as well.
await mkdir(join(shipped.root, 'secrets/memo-python'));
await writeFile(join(shipped.root, 'secrets/memo-python/KEY'), 'of memo-python');
after(() => shipped.stop());
before(async () => void (await showingLogs(() => shipped.hairem('up'))), { timeout: START_MS });

async function showingLogs<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    console.log(await shipped.logs());
    throw error;
  }
}

/** The addresses of Redis may be others after each start. */
function scenario(name: string, run: (it: Connection) => Promise<void>): void {
  test(name, () =>
    showingLogs(async () => {
      const it = await shipped.connect();
      await run(it).finally(() => it.bus.close());
    }),
  );
}

async function result(it: Connection, id: string, name: string, args: Record<string, unknown> = {}) {
  const answer = await command(it, id, { name, args, waitSeconds: 60 });
  assert.equal(answer.status, 'success', String(answer.error));
  return answer.result;
}

const recalled = (it: Connection, id: string) => result(it, id, 'recall', { query: 'number' });
const historyOf = async ({ api }: Connection) =>
  JSON.stringify((await api.call('GET', '/api/history?agent=poet')).body);
const stateOf = async (service: string) =>
  (await inspect(await shipped.container(service))) as ContainerDetail & {
    RestartCount: number;
    State: { Health?: { Status: string; Log?: { Start: string; ExitCode: number }[] } };
  };
/** Which containers, and which instances in them. */
const whoRuns = async ({ api }: Connection) =>
  (await api.agents()).map(({ id, instance, container }) => `${id}.${instance} ${container?.id}`);

async function untilFine({ api }: Connection): Promise<void> {
  await eventually('the status is ok', async () => {
    const { body } = await api.call('GET', '/api/status');
    if ((body as { status: string }).status !== 'ok') throw new Error(JSON.stringify(body));
    return true;
  });
}

scenario('the crew is active and nothing is wrong, and a second `up` changes nothing', async (it) => {
  const records = await it.api.agents();
  assert.deepEqual(
    records.map(({ id, status }) => `${id} ${status}`),
    CREW.map((id) => `${id} active`),
  );
  await untilFine(it);
  const before = [await whoRuns(it), await shipped.container('orchestrator'), (await stateOf('redis')).State.Pid];
  await shipped.hairem('up');
  assert.deepEqual(
    [await whoRuns(it), await shipped.container('orchestrator'), (await stateOf('redis')).State.Pid],
    before,
  );
  assert.match(await shipped.hairem('ps'), /poet/);
});

scenario('variables in the file of secrets are their agents’', async ({ api }) => {
  const names = await Promise.all(CREW.map(async (id) => (await api.agent(id)).secrets.map(({ name }) => name)));
  assert.deepEqual(names, [[], ['KEY'], ['MUSE']]);
});

scenario('a person is answered, in pieces and whole, by a model on this host', async (it) => {
  model.onAsked = () => ({ text: 'Roses are red', pieceDelayMs: 60 });
  const answer = await talk(it, 'poet', 'a rhyme, please');
  assert.equal(answer.text, 'Roses are red');
  assert.ok(piecesIn(answer).length >= 2, JSON.stringify(answer.said));
  assert.match(await shipped.hairem('send', 'poet', 'and another'), /Roses are red/);
});

scenario('services that are killed in the middle of a call are started again, and it is answered once', async (it) => {
  model.onAsked = () => ({ text: 'Violets are blue', delayMs: 2000 });
  const [asked, paid, before] = [model.asked.length, model.paid(), await stateOf('services')];
  const talking = talk(it, 'poet', 'go on');
  await eventually('the call is under way', () => model.asked.length > asked);
  killNow(before.State.Pid);
  const { text, said } = await talking;
  assert.equal(text, 'Violets are blue');
  assert.equal(said.filter(({ type }) => type === 'narrative.text').length, 1);
  await eventually('history has it once', async () => (await historyOf(it)).split('Violets are blue').length === 2);
  assert.equal(model.paid() - paid, 1);
  const { Id, RestartCount } = await stateOf('services');
  assert.deepEqual([Id, RestartCount], [before.Id, before.RestartCount + 1]);
});

const type = (script: string) =>
  promisify(execFile)('sh', ['-euc', script], { cwd: shipped.root, env: shipped.env as NodeJS.ProcessEnv });

scenario('services that lose their store: only memories are gone, and nobody else notices', async (it) => {
  const [forget = ''] = await handbook(shipped.project, 'Memories');
  assert.match(forget, /docker volume rm/);
  for (const id of MEMOS) assert.equal(await result(it, id, 'remember', { from: 7, to: 9 }), 2);
  const before = await whoRuns(it);
  const asking = keepAsking(it);
  await type(forget).finally(() => asking.end());
  assert.deepEqual(await asking.end(), []);
  for (const id of MEMOS) assert.deepEqual(await recalled(it, id), []);
  assert.deepEqual(await whoRuns(it), before);
  await untilFine(it);
});

/** Ten commands a second, until the end, well below what the core hears of one; they are answered without the services. */
function keepAsking(it: Connection): { end(): Promise<string[]> } {
  const stop = new AbortController();
  const failures: string[] = [];
  const asked = async (id: string) => {
    for await (const _ of setInterval(100)) {
      if (stop.signal.aborted) return;
      await command(it, id, { name: 'crew' }).catch((error: unknown) => failures.push(String(error)));
    }
  };
  const all = Promise.all(MEMOS.map(asked));
  return {
    async end() {
      stop.abort();
      await all;
      return failures;
    },
  };
}

for (const id of MEMOS) {
  scenario(`${id} remembers`, async (it) => {
    assert.equal(await result(it, id, 'remember', { from: 0, to: 3 }), 3);
    assert.equal(((await recalled(it, id)) as string[]).length, 3);
  });
}

scenario('all of hAIrem’s own containers are healthy', async () => {
  for (const service of ['gate', 'redis', 'store', 'services', 'orchestrator']) {
    // The orchestrator is looked at after half a minute.
    await eventually(`${service} is healthy`, async () => (await stateOf(service)).State.Health?.Status === 'healthy', {
      deadlineMs: 45_000,
    });
  }
});

/** A file that an agent keeps on its own volume. */
const fileOf = async (installId: string, agent: string) =>
  join((await engine<{ Mountpoint: string }>('GET', `/volumes/${volumeName(installId, agent)}`)).Mountpoint, 'file');

scenario('a backup as the handbook says', async (it) => {
  await writeFile(await fileOf(it.installId, 'memo'), 'kept');
  model.onAsked = () => ({ text: 'Kept for good' });
  await talk(it, 'poet', 'one more');
  await eventually('history has it', async () => /Kept for good/.test(await historyOf(it)));
  const [backup = ''] = await handbook(shipped.project, 'Backup');
  assert.match(backup, /tar -czf/);
  await type(backup);
});

test('`down --volumes` leaves nothing but images that others share', () =>
  showingLogs(async () => {
    const { installId, bus } = await shipped.connect();
    bus.close();
    await shipped.hairem('down', '--volumes');
    assert.deepEqual(await leftOf(installId, shipped.project), []);
  }));

test('what was remembered is there again where the backup is put back', { timeout: START_MS }, () =>
  showingLogs(async () => {
    const [, restore = ''] = await handbook(shipped.project, 'Backup');
    assert.match(restore, /tar -xpzf/);
    await type(restore);
    const it = await shipped.connect();
    try {
      for (const id of MEMOS) assert.equal(((await recalled(it, id)) as string[]).length, 3);
      assert.match(await historyOf(it), /Kept for good/);
      assert.equal(await readFile(await fileOf(it.installId, 'memo'), 'utf8'), 'kept');
    } finally {
      it.bus.close();
    }
  }),
);

scenario('an upgrade: agents and Redis run through it, and no gap is told', async (it) => {
  const [before, redis] = [await whoRuns(it), await stateOf('redis')];
  const old = await shipped.container('orchestrator');
  await shipped.compose('build', '--build-arg', 'HAIREM_SOURCES=another', 'orchestrator');
  await shipped.compose('up', '-d', '--no-build');
  assert.notEqual(await shipped.container('orchestrator'), old);
  await eventually('the crew is active', async () => (await shipped.hairem('wait', '--timeout', '30')) !== '');
  assert.deepEqual(await whoRuns(it), before);
  const { Id, State } = await stateOf('redis');
  assert.deepEqual([Id, State.StartedAt], [redis.Id, redis.State.StartedAt]);
  assert.deepEqual(
    (await it.api.agents()).flatMap(({ warnings }) => warnings),
    [],
  );
});

scenario(
  '`rotate` changes every credential, twice; Redis runs through it, and comes back with those of now',
  async (it) => {
    const password = () => fileInVolume(`${shipped.project}_services-state`, 'redis/memory.password');
    const redis = await stateOf('redis');
    for (const words of [[], ['--json']]) {
      const [before, token, known] = [await whoRuns(it), await shipped.hairem('token'), await password()];
      const said = await shipped.hairem('rotate', ...words);
      if (words.length > 0)
        assert.deepEqual(JSON.parse(said), { state: 'done', waits_for: [], strangers: ['tester'], problem: null });
      else assert.match(said, /memo has its new credential/);
      const after = await whoRuns(it);
      assert.ok(
        after.every((line) => !before.includes(line)),
        after.join(),
      );
      assert.notEqual(await password(), known);
      assert.notEqual(await shipped.hairem('token'), token);
      assert.equal((await it.api.call('GET', '/api/agents', { token })).status, 401);
      assert.equal((await it.api.call('GET', '/api/agents')).status, 200);
      assert.ok(Array.isArray(await recalled(it, 'memo')));
    }
    const ended = Date.now();
    await eventually('its health check has looked since', async () => {
      const { Log = [] } = (await stateOf('redis')).State.Health ?? {};
      return Log.some(({ Start, ExitCode }) => ExitCode === 0 && Date.parse(Start) > ended);
    });
    const { Id, State } = await stateOf('redis');
    assert.deepEqual([Id, State.StartedAt], [redis.Id, redis.State.StartedAt]);
    killNow(State.Pid);
    await eventually('Redis is back', async () => (await stateOf('redis')).State.StartedAt !== State.StartedAt);
    await untilFine(it);
    for (const id of MEMOS) await eventually(`${id} answers`, () => command(it, id, { name: 'crew', waitSeconds: 2 }));
    const before = await whoRuns(it);
    await shipped.hairem('up');
    assert.deepEqual(await whoRuns(it), before);
  },
);

scenario('other users of Redis than it began with: it is started again, and agents come back', async (it) => {
  const { Id, State } = await stateOf('redis');
  const { Mountpoint } = await engine<{ Mountpoint: string }>('GET', `/volumes/${shipped.project}_redis-conf`);
  await appendFile(join(Mountpoint, 'users.acl'), 'user another off\n');
  await eventually('Redis began anew', async () => (await inspect(Id)).State.StartedAt !== State.StartedAt);
  await untilFine(it);
  for (const id of MEMOS) await eventually(`${id} answers`, () => command(it, id, { name: 'crew', waitSeconds: 2 }));
});

test('`down --volumes` on what was restored and upgraded leaves nothing either', () =>
  showingLogs(async () => {
    const { installId, bus } = await shipped.connect();
    bus.close();
    await shipped.hairem('down', '--volumes');
    assert.deepEqual(await leftOf(installId, shipped.project), []);
  }));
