/** The small parts of the Node runtime: what it reads, finds, measures and logs. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { BaseAgent } from '../../../agent-base-image/typescript/src/base-agent.ts';
import { systemClock } from '../../../agent-base-image/typescript/src/runtime/clock.ts';
import { readEnvironment } from '../../../agent-base-image/typescript/src/runtime/environment.ts';
import { createVitals, memoryBytes, memoryLimit } from '../../../agent-base-image/typescript/src/runtime/heartbeat.ts';
import { loadAgent } from '../../../agent-base-image/typescript/src/runtime/load-agent.ts';
import { createLog } from '../../../agent-base-image/typescript/src/runtime/log.ts';
import { readControl, readPeer, readWelcome } from '../../../agent-base-image/typescript/src/runtime/wire.ts';

describe('the environment', () => {
  const full = {
    HAIREM_AGENT: 'electra',
    HAIREM_INSTANCE: '7',
    HAIREM_REDIS_PASSWORD: 'p',
    HAIREM_CONTROL_KEY: `${'k'.repeat(43)}.7`,
  };

  test('is read once, and the password and the control key are gone', () => {
    const env = { ...full };
    const { agent, inst, connection } = readEnvironment(env);
    assert.deepEqual(
      { agent, inst, ...connection },
      {
        agent: 'electra',
        inst: 7,
        host: 'redis',
        port: 6379,
        username: 'electra.7',
        password: 'p',
      },
    );
    for (const name of ['HAIREM_REDIS_PASSWORD', 'HAIREM_CONTROL_KEY']) assert.equal(name in env, false, name);
  });

  test('names what is missing or wrong', () => {
    assert.throws(() => readEnvironment({ ...full, HAIREM_AGENT: '' }), /HAIREM_AGENT is not set/);
    for (const key of ['short.1', `${'k'.repeat(43)}`, `${'k'.repeat(43)}.x`])
      assert.throws(() => readEnvironment({ ...full, HAIREM_CONTROL_KEY: key }), /HAIREM_CONTROL_KEY is no/);
    assert.throws(() => readEnvironment({ ...full, HAIREM_INSTANCE: 'x' }), /HAIREM_INSTANCE .* not x/);
    assert.throws(() => readEnvironment({ ...full, HAIREM_REDIS_PORT: '0' }), /HAIREM_REDIS_PORT .* not 0/);
  });
});

test('a deadline that is longer than a timer can be is not over at once', (t) => {
  const set = t.mock.method(globalThis, 'setTimeout', () => undefined);
  for (const ms of [5, 2 ** 31, Number.POSITIVE_INFINITY]) systemClock.after(ms, () => {});
  const longest = 2 ** 31 - 1;
  assert.deepEqual(
    set.mock.calls.map(({ arguments: given }) => (given as unknown[])[1]),
    [5, longest, longest],
  );
});

describe('the wire', () => {
  test('reads rules and questions, and nothing that does not fit', () => {
    const mark = { type: 'mark', id: 'm1', owner: 1, more: true };
    assert.deepEqual(readControl(JSON.stringify(mark)), { kind: 'rule', event: mark });
    assert.equal(readControl('{"type":"whois","nonce":"n"}')?.kind, 'question');
    for (const raw of [
      '',
      'null',
      '[]',
      '{}',
      '{"type":"mark"}',
      '{"type":"mark","id":"m","owner":"1"}',
      '{"type":"cut","id":"k","term":1,"to":1,"adopt":["1"],"conns":{}}',
      '{"type":"toString"}',
      '{"type":"unheard-of"}',
    ]) {
      assert.equal(readControl(raw), null, raw);
    }
  });

  test('believes a watermark only on the channel of its own instance', () => {
    const raw = JSON.stringify({ type: 'watermark', inst: 7, base: 'm1', low: -1, done: [2], trying: [] });
    assert.equal(readPeer('st:electra:7', raw)?.inst, 7);
    assert.equal(readPeer('st:electra:8', raw), null);
    assert.equal(readPeer('st:electra:7:7', raw), null);
    assert.equal(readPeer('st:electra:7', '{"type":"heartbeat","note":"watermark"}'), null);
  });

  test('reads a welcome', () => {
    const welcome = {
      type: 'welcome',
      id: 'e',
      inst: 7,
      hash: 'h',
      soft: { name: 'E', config: {} },
      secrets: { A: 'b' },
      drain_seconds: 30,
    };
    assert.equal(readWelcome(JSON.stringify(welcome))?.inst, 7);
    assert.equal(readWelcome(JSON.stringify({ ...welcome, secrets: { A: 1 } })), null);
  });
});

describe('loading a bundle', () => {
  const load = async (files: Record<string, string>) => {
    const folder = await mkdtemp(join(tmpdir(), 'hairem-load-'));
    try {
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
      return await loadAgent(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  test('no logic is BaseAgent itself', async () => assert.equal(await load({ 'lib.ts': '' }), BaseAgent));

  for (const [what, files, message] of [
    [
      'no class Agent',
      { 'logic.js': 'export const agent = 1; export default 2' },
      /logic.js must export a class Agent .* agent \(number\), default \(number\)/,
    ],
    [
      'another base',
      { 'logic.js': 'class Car {}\nexport class Agent extends Car {}' },
      /must extend BaseAgent of @hairem\/agent; it extends Car/,
    ],
    ['no base', { 'logic.js': 'export class Agent {}' }, /it extends nothing/],
    ['two files', { 'logic.js': '', 'logic.ts': '' }, /both logic.ts and logic.js/],
    ['an enum', { 'logic.ts': 'export const a = 1;\nenum Color { Red }\n' }, /logic.ts:2: TypeScript enum/],
    ['broken TypeScript', { 'logic.ts': 'const a: number = ;' }, /logic.ts:1: /],
    ['broken JavaScript', { 'logic.js': 'const a = ;' }, /^logic.js(:1)?: Unexpected token/],
    ['a missing dependency', { 'logic.js': 'import "nowhere-to-be-found"' }, /nowhere-to-be-found/],
  ] as const) {
    test(`names what is wrong: ${what}`, () => assert.rejects(load(files), { message }));
  }
});

describe('memory', () => {
  const files = (entries: Record<string, string>) => (path: string) => entries[path] ?? null;

  test('counts as the engine does, with either cgroup version', () => {
    const v2 = files({
      '/sys/fs/cgroup/memory.current': '1000\n',
      '/sys/fs/cgroup/memory.stat': 'anon 1\ninactive_file 300\n',
      '/sys/fs/cgroup/memory.max': '5000\n',
    });
    assert.deepEqual([memoryBytes(v2), memoryLimit(v2)], [700, 5000]);
    const v1 = files({
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '1000',
      '/sys/fs/cgroup/memory/memory.stat': 'inactive_file 1\ntotal_inactive_file 400\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
    });
    assert.deepEqual([memoryBytes(v1), memoryLimit(v1)], [600, null]);
  });

  test('falls back to the resident set', () => {
    assert.ok(memoryBytes(() => null) > 1e6);
    assert.equal(memoryLimit(files({ '/sys/fs/cgroup/memory.max': 'max\n' })), null);
  });
});

describe('the log', () => {
  test('is one JSON object a line, without the secrets', () => {
    const lines: string[] = [];
    const log = createLog({ about: { agent: 'electra' }, timestamp: () => 'now', write: (line) => lines.push(line) });
    log.redact(['sesame-open', 'a"quoted"one', 'tiny']);
    log.info('it is sesame-open', { also: 'a"quoted"one', tiny: 'tiny' });
    log.error('failed', { error: new Error('no sesame-open') });
    assert.equal(lines.length, 2);
    const [first, second] = lines.map((line) => JSON.parse(line));
    assert.deepEqual(first, {
      at: 'now',
      level: 'info',
      message: 'it is ***',
      agent: 'electra',
      also: '***',
      tiny: 'tiny',
    });
    assert.match(second.error.stack, /^Error: no \*\*\*\n/);
  });

  test('never throws', () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    createLog({ about: {}, timestamp: () => 'now', write: () => {} }).info('x', { circular, big: 1n });
  });
});

describe('the event-loop lag', () => {
  test('is the longest lateness since the last reading, the present one included', () => {
    let now = 0;
    const vitals = createVitals(100, () => now);
    const tickAt = (at: number) => {
      now = at;
      vitals.tick();
    };
    tickAt(100);
    assert.equal(vitals.read().lag_ms, 0);
    tickAt(4200);
    tickAt(4310);
    assert.equal(vitals.read().lag_ms, 4000);
    assert.equal(vitals.read().lag_ms, 0);
    now = 7410; // blocked, and read before the timer that would have noticed
    assert.equal(vitals.read().lag_ms, 3000);
  });
});
