/**
 * Every credential is changed while the crew works: no message is lost, doubled or reordered, nobody waits for long, and
 * whoever has one of before is nobody. Also with an orchestrator that is killed in the middle, and a Redis after that.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { access, readdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setInterval } from 'node:timers/promises';
import { createControlSeal } from '../../orchestrator/src/bus/control-seal.ts';
import { answerTo, type Login } from '../support/agents/agent-login.ts';
import { command } from '../support/agents/command.ts';
import { whoAnswers } from '../support/agents/crew.ts';
import { memo, parrot, pythonParrot } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { type Credentials, credentialsOf, rotate } from '../support/installation/rotate.ts';
import { onInstallation, say } from '../support/installation/scenario.ts';
import { underLoad } from '../support/load/load.ts';
import { assertLossless } from '../support/load/lossless.ts';

const RATE = 100;
const PARROTS = ['parrot-0', 'parrot-1', 'parrot-2', 'pythonparrot'];
const CREW = [...PARROTS, 'memo'];
const held: { before: Credentials | null } = { before: null };

const scenario = onInstallation({
  agents: {
    'parrot-0': parrot({ mark: 'true', handlerMs: 20 }),
    'parrot-1': parrot({ mark: 'true' }),
    'parrot-2': parrot({ mark: 'true' }),
    pythonparrot: pythonParrot({ mark: 'true', handlerMs: 20 }),
    memo: memo('node'),
  },
});

const instances = async ({ api }: Installation) =>
  new Map((await api.agents()).map(({ id, instance }) => [id, instance ?? 0]));

const load = <T>(it: Installation, act: () => Promise<T>) => underLoad(it, { agents: PARROTS, rate: RATE }, act);

/** Asks for a memory five times a second until the end; an answer may come late, but it comes and is right. */
function keepRecalling(it: Installation): { end(): Promise<{ asked: number; wrong: string[]; slowestMs: number }> } {
  const stop = new AbortController();
  const seen = { asked: 0, wrong: [] as string[], slowestMs: 0 };
  const asking = (async () => {
    for await (const _ of setInterval(200)) {
      if (stop.signal.aborted) return;
      const began = performance.now();
      const answer = await command(it, 'memo', { name: 'recall', args: { query: 'number' }, waitSeconds: 30 });
      seen.asked += 1;
      seen.slowestMs = Math.max(seen.slowestMs, Math.round(performance.now() - began));
      if (answer.status !== 'success' || !Array.isArray(answer.result) || answer.result.length !== 3)
        seen.wrong.push(JSON.stringify(answer));
    }
  })().catch((error: unknown) => void seen.wrong.push(String(error)));
  return {
    async end() {
      stop.abort();
      await asking;
      return seen;
    },
  };
}

const isLetIn = async (it: Installation, login: Login) => (await answerTo(it, login)) === '+OK';

/** Comes in as a thief would, and stays. */
async function enter({ redis: { host, port } }: Installation, login: Login) {
  const socket = createConnection({ host, port });
  let isOver = false;
  socket
    .on('error', () => {})
    .once('close', () => {
      isOver = true;
    });
  socket.write(`AUTH ${login.username} ${login.password}\r\n`);
  const [answer] = await once(socket, 'data');
  assert.equal(String(answer).trim(), '+OK', login.username);
  return { username: login.username, ended: () => isOver };
}

async function assertRefused(it: Installation, before: Credentials): Promise<void> {
  for (const login of before.logins) assert.match(await answerTo(it, login), /^-WRONGPASS/, login.username);
  for (const path of ['/api/agents', '/api/events', '/api/rotation'])
    assert.equal((await it.api.call('GET', path, { token: before.token })).status, 401, path);
}

/** Nothing that was made for it is left: one password each, one key, one token. */
async function assertNothingLeft(it: Installation): Promise<void> {
  const names = await readdir(it.dataDir, { recursive: true });
  assert.deepEqual(
    names.filter((name) => /\.(next|former|new)$|rotation/.test(name)),
    [],
  );
  await access(join(it.dataDir, 'control-key'));
  for (const user of ['orchestrator', 'memory', 'llm', 'history']) {
    const reply = (await it.bus.redis.call('ACL', 'GETUSER', user)) as unknown[];
    assert.equal((reply[reply.indexOf('passwords') + 1] as string[]).length, 1, user);
  }
  await it.untilNoLeftovers(CREW);
}

scenario('they begin, and remember', async (it) => {
  await it.startServices();
  await it.untilActive(CREW, 240_000);
  assert.equal((await command(it, 'memo', { name: 'remember', args: { from: 0, to: 3 }, waitSeconds: 60 })).result, 3);
});

scenario(`every credential is changed under ${RATE} messages a second, and nothing is lost`, async (it) => {
  const before = await credentialsOf(it, CREW);
  held.before = before;
  const old = await instances(it);
  const services = it.services().pid;
  const recalling = keepRecalling(it);
  const thieves = await Promise.all(before.logins.map((login) => enter(it, login)));
  const began = performance.now();
  const { result: said, report } = await load(it, () => rotate(it));
  const recalled = await recalling.end();
  say(`${Math.round(performance.now() - began)} ms; memory: ${JSON.stringify(recalled)}; ${report.published} messages`);
  say(said.trim().split('\n').join(' · '));
  assert.match(said, /users that hAIrem did not make: peers, tester\./);
  assertLossless(report);
  assert.equal(report.redelivered, 0);
  assert.deepEqual(recalled.wrong, []);
  assert.ok(recalled.asked > 10);
  for (const { ended, username } of thieves) assert.ok(ended(), `who came in as ${username} before is still there`);
  for (const [id, inst] of await instances(it)) assert.equal(inst, (old.get(id) ?? 0) + 1, id);
  assert.equal(it.services().pid, services);
  const after = await credentialsOf(it, CREW);
  for (const login of after.logins) assert.equal(await isLetIn(it, login), true, login.username);
  const all = [before, after].flatMap(({ token, controlKey, logins }) => [
    token,
    controlKey,
    ...logins.map((l) => l.password),
  ]);
  assert.equal(new Set(all).size, all.length);
});

scenario('each credential of before is refused, and nothing is left behind', async (it) => {
  assert.ok(held.before);
  await assertRefused(it, held.before);
  await assertNothingLeft(it);
});

scenario(
  'a seal with the control key of before gives no orders to either SDK, one with the present key does',
  async (it) => {
    const now = await credentialsOf(it, []);
    const seal = (current: string) =>
      createControlSeal({ current, former: null }, Math.floor(Date.now() / 1000) + 3600);
    const stop = async (id: string, key: string) => {
      const channel = `ctl:${id}`;
      const inst = (await it.api.agent(id)).instance;
      await it.bus.redis.publish(channel, JSON.stringify(seal(key).seal(channel, id, { type: 'stop', inst })));
      return inst;
    };
    for (const id of ['parrot-1', 'pythonparrot']) {
      const inst = await stop(id, held.before?.controlKey ?? '');
      assert.equal((await whoAnswers(it, id)).mark, 'true');
      assert.equal((await it.api.agent(id)).instance, inst);
    }
    // Else the above would prove nothing.
    const inst = await stop('parrot-1', now.controlKey);
    await eventually('it was obeyed', async () => (await it.api.agent('parrot-1')).instance !== inst);
    await it.untilActive(['parrot-1']);
  },
);

scenario(
  'killed in the middle of a swap, command and orchestrator, another run goes on; nothing is lost',
  async (it) => {
    const before = await credentialsOf(it, CREW);
    const old = await instances(it);
    const { report } = await load(it, async () => {
      const terminal = new AbortController();
      const cut = it.bus.next('a cut', ({ message }) => message.type === 'cut');
      const killed = rotate(it, terminal.signal);
      killed.catch(() => {});
      await cut;
      await it.orchestrator().kill('SIGKILL');
      terminal.abort();
      await assert.rejects(killed);
      await it.startOrchestrator();
      say((await rotate(it)).trim().split('\n').join(' · '));
    });
    assertLossless(report);
    for (const [id, inst] of await instances(it)) assert.ok(inst > (old.get(id) ?? 0), id);
    await assertRefused(it, before);
    await assertNothingLeft(it);
  },
);

scenario('a Redis that dies in the middle of it: it goes on by itself, and nobody is locked out', async (it) => {
  const before = await credentialsOf(it, CREW);
  const cut = it.bus.next('a cut', ({ message }) => message.type === 'cut');
  const changing = rotate(it);
  changing.catch(() => {}); // awaited below
  await cut;
  await it.redis.kill();
  const said = await changing;
  assert.match(said, /it is tried again: Redis/);
  await it.untilActive(CREW);
  await assertRefused(it, before);
  for (const login of (await credentialsOf(it, CREW)).logins) assert.equal(await answerTo(it, login), '+OK');
  await assertNothingLeft(it);
});

scenario('Redis comes back with the passwords of now alone, and so do all', async (it) => {
  const now = await credentialsOf(it, CREW);
  await it.redis.kill();
  await eventually('Redis is back, and lets in whoever has a password of now', () =>
    isLetIn(it, now.logins[1] as Login),
  );
  await it.untilActive(CREW);
  for (const login of now.logins) await eventually(`${login.username} comes in`, () => isLetIn(it, login));
  assert.ok(held.before);
  await assertRefused(it, held.before);
  await eventually(
    'memory answers',
    async () => (await command(it, 'memo', { name: 'recall', args: { query: 'number' } })).status === 'success',
  );
});

scenario('what is prepared and not begun changes nothing; without it the API says where to begin', async (it) => {
  const { status, body } = await it.api.call('POST', '/api/rotation');
  assert.equal(status, 409);
  assert.match(JSON.stringify(body), /run `\.\/hairem rotate` on the host/);
});
