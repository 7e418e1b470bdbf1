/** The user's commands against a real server over a real registry: what they print, and how they end. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { localTime } from '../../../orchestrator/src/cli/format.ts';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { eventOf, heartbeat, NOON, PROBLEM, updateOf } from '../../support/builders/registry-events.ts';
import { turnedUntil } from '../../support/eventually.ts';
import { type ApiRig, apiRig, listening, TOKEN } from '../../support/harness/api-rig.ts';
import { hairem as runHairem } from '../../support/harness/cli-rig.ts';

// Events are told in the time of the home, which is that of whoever runs this.
process.env.TZ = 'UTC';

let rig: ApiRig;
let url: string;
beforeEach(async () => {
  rig = apiRig();
  url = await listening(rig);
});
afterEach(() => rig.app.close());

const hairem = (line: string, options = {}) => runHairem(url, line.split(' '), options);

test('ps shows the crew as a table, with the reason under what is stuck', async () => {
  rig.registry.apply(eventOf(heartbeat(1, { memory_bytes: 52_428_800 })));
  rig.registry.apply(eventOf({ type: 'update', update: updateOf() }));
  rig.registry.apply(eventOf({ type: 'invalid', problems: [PROBLEM] }, { agent: 'broken' }));
  const { code, out } = await hairem('ps');
  assert.equal(code, 0);
  assert.deepEqual(out.trimEnd().split('\n'), [
    'AGENT   STATUS   VERSION  INSTANCE  MEMORY    CPU  TASKS  LAST UPDATE',
    'broken  invalid  -        -         -         -    -      -',
    'echo    active   1.0 h1   1         50.0 MiB  -    -      code ok in 300 ms, 1 min ago: logic.ts changed',
    '',
    'broken: invalid: manifest.yaml:3:5 resources.memory: expected a size like 256m',
  ]);
  const narrow = await hairem('ps', { width: 40 });
  assert.ok(
    narrow.out
      .split('\n')
      .slice(0, 3)
      .every((line) => line.length <= 40),
  );
});

test('ps says below the crew what is wrong with the system', async () => {
  const because = 'the services are away: memory does not work';
  rig.registry.apply({ at: NOON, type: 'system', key: 'services', ok: false, because });
  assert.match((await hairem('ps')).out, /\n\nservices: the services are away: memory does not work\n$/);
  rig.registry.apply(eventOf({ type: 'removed' }));
  assert.equal(
    (await hairem('ps')).out,
    'no agents: put a folder into the agents folder\n\nservices: the services are away: memory does not work\n',
  );
});

test('ps says what an update waits for, and for how long', async () => {
  const waits_since = new Date(Date.parse(NOON) - 30_000).toISOString();
  rig.registry.apply(eventOf({ type: 'update', update: updateOf({ result: 'running', ms: null, waits_since }) }));
  const { out } = await hairem('ps');
  assert.match(out, /\necho: its update waits for a handler of the running version that has worked for 90 s\n$/);
});

test('ps and doctor name who did what no agent should', async () => {
  rig.registry.apply(eventOf({ type: 'security', kind: 'flood', message: 'said too much', count: 3 }));
  assert.match((await hairem('ps')).out, /\necho: security: flood: said too much \(3 times\)\n$/);
  const { code, out } = await hairem('doctor');
  assert.equal(code, 1);
  assert.match(out, /PROBLEM echo: security: flood: said too much \(3 times\)\n +→ .*hairem stop echo/);
});

test('ps --json is what the API says', async () => {
  const { out } = await hairem('ps --json');
  assert.deepEqual(
    (JSON.parse(out) as { id: string }[]).map(({ id }) => id),
    ['echo'],
  );
});

test('untrusted text cannot move the cursor', async () => {
  rig.registry.apply(
    eventOf({ type: 'update', update: updateOf({ because: '\u001b[2J\u001b]0;x\u0007 bad\r\nnews' }) }),
  );
  const { out } = await hairem('ps');
  assert.match(out, / ago: bad news\n$/);
});

test('logs prints lines, follows, and says why a log broke off', async () => {
  rig.control.lines = [
    { at: NOON, stream: 'build', text: 'Step 1' },
    { at: NOON, stream: 'stdout', text: 'hello' },
  ];
  assert.equal((await hairem('logs echo --tail 7')).out, 'build | Step 1\nhello\n');
  const noon = localTime(NOON);
  assert.equal((await hairem('logs -t echo')).out, `${noon} build | Step 1\n${noon} hello\n`);
  assert.deepEqual(JSON.parse((await hairem('logs --json echo')).out.split('\n')[1] ?? ''), {
    at: NOON,
    stream: 'stdout',
    text: 'hello',
  });
  assert.equal(rig.control.calls[0], 'logs echo {"tail":7,"follow":false}');
  rig.control.logError = new HairemError('engine_unavailable', 'the socket is gone');
  const broken = await hairem('logs echo');
  assert.equal(broken.code, 1);
  assert.match(broken.err, /the log broke off: the socket is gone/);
  assert.equal((await hairem('logs echo --tail many')).code, 2);
});

test('logs -f prints lines as they come', async () => {
  rig.control.lines = [{ at: NOON, stream: 'stdout', text: 'hello' }];
  const { promise: printed, resolve } = Promise.withResolvers<string>();
  const following = hairem('logs -f echo', { onLine: resolve });
  assert.equal(await printed, 'hello');
  await rig.app.close();
  await following;
});

const SAID = {
  id: '1.m1',
  timestamp: NOON,
  type: 'narrative.text',
  sender: { agent_id: 'echo' },
  recipient: { target: 'user' },
  payload: { content: 'hello' },
};

test('events prints a line for each, and goes on after a break where it was', async () => {
  const lines: string[] = [];
  const { promise: three, resolve } = Promise.withResolvers<void>();
  const onLine = (line: string) => {
    lines.push(line);
    if (lines.length === 1) rig.registry.apply(eventOf({ type: 'update', update: updateOf() }));
    if (lines.length === 2) rig.control.say(SAID);
    if (lines.length === 3) resolve();
  };
  const following = hairem('events echo', { onLine });
  await turnedUntil(() => rig.clock.sleepers() > 0);
  rig.registry.apply(eventOf({ type: 'stale' }, { agent: 'other' }));
  rig.registry.apply(eventOf(heartbeat(1)));
  rig.registry.apply(eventOf({ type: 'building', hash: 'abcdef0123456789', because: 'logic.ts changed' }));
  await three;
  assert.deepEqual(lines, [
    '12:00:00 echo building abcdef01, logic.ts changed',
    '12:00:00 echo update code ok in 300 ms, logic.ts changed',
    '12:00:00 echo message hello',
  ]);
  await rig.app.close();
  const { code, err } = await following;
  assert.equal(code, 4, 'nobody answers any more');
  assert.match(err, /^the stream ended; connecting again\nhairem: error: nothing answers/);
});

test('intents, for one agent or several', async () => {
  const { code, out } = await hairem('restart echo');
  assert.equal(code, 0);
  assert.match(out, /^echo: restart is accepted/);
  const partly = await hairem('stop echo nobody');
  assert.equal(partly.code, 3);
  assert.match(partly.err, /hairem: error: there is no agent "nobody"/);
  // A word that means nobody is found before anything is done.
  assert.deepEqual(rig.control.calls, ['intend echo restart']);
  assert.equal((await hairem('stop Echo echo')).code, 0);
  assert.deepEqual(rig.control.calls.slice(1), ['intend echo stop']);
  rig.control.fail(new HairemError('conflict', 'echo has no earlier version to go back to'));
  const refused = await hairem('rollback echo');
  assert.deepEqual([refused.code, refused.err], [1, 'hairem: error: echo has no earlier version to go back to\n']);
});

test('send prints the reply', async () => {
  rig.control.reply = { type: 'narrative.text', payload: { content: 'you said \u001b[31mhello' } };
  const { code, out } = await hairem('send echo hello there');
  assert.deepEqual([code, out], [0, 'you said hello\n']);
  assert.equal(
    rig.control.calls[0],
    'send echo {"type":"user_message","payload":{"content":"hello there","format":"text"}} 30000',
  );
  assert.equal((await hairem('send echo hello --wait 0')).out, 'sent: 0.m1\n');
});

test('send says, too, that an answer is not whole', async () => {
  rig.control.reply = {
    type: 'narrative.text',
    payload: { content: 'Once', notice: 'it was cut off: set max_tokens.' },
  };
  const { code, out, err } = await hairem('send echo tell me');
  assert.deepEqual([code, out, err], [0, 'Once\n', 'not the whole answer: it was cut off: set max_tokens.\n']);
});

test('send speaks commands, and an error of the agent is an error', async () => {
  rig.control.reply = { type: 'expert.response', payload: { status: 'success', result: { timers: [] }, error: null } };
  const { out } = await hairem('send horloge --command timer.list'.replace('horloge', 'echo'));
  assert.deepEqual(JSON.parse(out), { timers: [] });
  assert.match(rig.control.calls[0] ?? '', /"type":"expert.command","payload":{"command":"timer.list","args":{}}/);
  rig.control.reply = { type: 'expert.response', payload: { status: 'error', result: null, error: 'no such timer' } };
  const failed = await hairem('send echo --command timer.cancel {"id":1}');
  assert.deepEqual([failed.code, failed.err], [1, 'no such timer\n']);
  assert.equal((await hairem('send echo --command x {id')).code, 2);
  assert.equal((await hairem('send echo')).code, 2);
  const large = await hairem('send echo --command x {"id":1144027923840143361}');
  assert.equal(large.code, 2);
  assert.match(
    large.err,
    /1144027923840143361 is more than a number here can hold exactly \(2\^53 - 1\): send it as text/,
  );
  assert.match((await hairem('send echo hi --wait 301')).err, /--wait is "301"; expected a whole number from 0 to 300/);
});

test('no reply in time is said', async () => {
  rig.control.fail(new HairemError('timeout', 'no reply in 30 s'));
  assert.deepEqual(await hairem('send echo hello'), { code: 1, out: '', err: 'hairem: error: no reply in 30 s\n' });
});

test('plan prints the text, for one or for all', async () => {
  assert.equal((await hairem('plan echo')).out, 'nothing to do for echo\n');
  assert.equal((await hairem('plan')).out, 'nothing to do for echo\n');
  assert.deepEqual(JSON.parse((await hairem('plan --json')).out), [{ id: 'echo', plan: 'nothing to do for echo\n' }]);
});

test('down-agents waits until all is removed', async () => {
  assert.equal((await hairem('down-agents')).code, 0);
  assert.deepEqual(rig.control.calls, ['removeAll']);
});

test('a wrong token says where it came from, and a missing one where it was looked for', async () => {
  const wrong = await hairem('ps', { env: { HAIREM_TOKEN: 'nope' } });
  assert.equal(wrong.code, 5);
  assert.match(wrong.err, /does not accept the token from HAIREM_TOKEN; `\.\/hairem token` prints the right one/);
  assert.ok(!wrong.err.includes('nope'));
  const missing = await hairem('ps', { env: { HAIREM_TOKEN: '', HAIREM_DATA_DIR: '/nowhere' } });
  assert.equal(missing.code, 5);
  assert.match(missing.err, /no token: \/nowhere\/token cannot be read/);
});

test('the token is read from the data folder', async (context) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'hairem-cli-'));
  context.after(() => rm(dataDir, { recursive: true }));
  await writeFile(join(dataDir, 'token'), `${TOKEN}\n`);
  const env = { HAIREM_TOKEN: '', HAIREM_DATA_DIR: dataDir };
  assert.equal((await hairem('ps', { env })).code, 0);
  assert.equal((await hairem('token', { env })).out, `${TOKEN}\n`);
  assert.deepEqual(JSON.parse((await hairem('token --json', { env })).out), { token: TOKEN });
});

test('an API that is not there, a stranger in its place, and a bad address are told apart', async () => {
  const absent = await runHairem('http://127.0.0.1:1', ['ps']);
  assert.equal(absent.code, 4);
  assert.match(absent.err, /nothing answers at http:\/\/127\.0\.0\.1:1 \(.+\); start hAIrem with `\.\/hairem up`/);
  const bad = await runHairem('http://127.0.0.1:99999', ['ps']);
  assert.equal(bad.code, 2);
  assert.match(bad.err, /HAIREM_API_URL is "http:\/\/127\.0\.0\.1:99999"; expected a URL/);
  const port = await hairem('ps', { env: { HAIREM_API_PORT: 'eighty' } });
  assert.equal(port.code, 2);
  assert.match(port.err, /HAIREM_API_PORT is "eighty"; expected a whole number from 0 to 65535/);
});

test('version', async () => {
  assert.match((await hairem('version')).out, /^hairem \d+\.\d+\.\d+\n$/);
});

test('doctor says when the Node that runs has known holes', async () => {
  const old = await hairem('doctor', { nodeVersion: 'v24.21.0' });
  assert.equal(old.code, 1);
  assert.match(
    old.out,
    /PROBLEM Node v24\.21\.0 [^\n]+ below 24\.22\.1 [^\n]+\n +→ `deploy\/base-images\.sh --refresh/,
  );
  assert.equal((await hairem('doctor', { nodeVersion: 'v25.0.0' })).code, 0);
});

test('doctor is content with a well crew, and names what is not', async () => {
  const well = await hairem('doctor');
  assert.equal(well.code, 0);
  assert.match(well.out, /ok +1 of 1 agents active/);
  rig.registry.apply({ at: NOON, type: 'system', key: 'bus', ok: false, because: 'Redis refused' });
  rig.registry.apply(eventOf({ type: 'invalid', problems: [PROBLEM] }, { agent: 'broken' }));
  const ill = await hairem('doctor');
  assert.equal(ill.code, 1);
  assert.match(ill.out, /PROBLEM bus: Redis refused\n +→ look at `docker compose ps redis`/);
  rig.registry.apply({ at: NOON, type: 'system', key: 'services', ok: false, because: 'nothing heard' });
  assert.match((await hairem('doctor')).out, /PROBLEM services: nothing heard\n +→ `docker compose up -d services`/);
  assert.match(ill.out, /PROBLEM broken: invalid: [^\n]+\n +→ hairem validate broken/);
  assert.equal((await runHairem('http://127.0.0.1:1', ['doctor', '--json'])).code, 1);
});
