/** What stands between an agent that runs and its folder is said beside what runs, by every command. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import type { Clock } from '../../../orchestrator/src/domain/ports/ports.ts';
import { desired, eventOf, NOON, PROBLEM, updateOf } from '../../support/builders/registry-events.ts';
import { turnedUntil } from '../../support/eventually.ts';
import { type ApiRig, apiRig, listening } from '../../support/harness/api-rig.ts';
import { hairem } from '../../support/harness/cli-rig.ts';

let rig: ApiRig;
let url: string;
beforeEach(async () => {
  rig = apiRig();
  url = await listening(rig);
  rig.clock.advance(60_000); // every bundle has been looked at
});
afterEach(() => rig.app.close());

const run = async (line: string) => {
  const { out, err } = await hairem(url, line.split(' '));
  return out + err;
};

const FAILED: AgentFact[] = [
  {
    type: 'update',
    update: updateOf({
      result: 'rejected',
      error: { code: 'rejected', message: 'load failed: logic.py:3:5: invalid syntax', log: [] },
    }),
  },
  {
    type: 'backoff',
    because: 'swap failed: load failed: logic.py:3:5: invalid syntax',
    code: 'rejected',
    tries: 2,
    retry_at: NOON,
  },
  { type: 'behind', kind: 'failed', because: 'swap failed: load failed: logic.py:3:5: invalid syntax' },
];

/** What else may stand between an agent that runs and its folder. */
const BEHIND: Readonly<Record<string, { facts: AgentFact[]; short: string; says: string; advice: RegExp }>> = {
  'a version that only its own runtime finds wrong': {
    facts: FAILED,
    short: 'active, update failed',
    says: 'but its update failed: swap failed: load failed: logic.py:3:5: invalid syntax',
    advice: /hairem logs echo; correct the bundle/,
  },
  'a version that waits for a word': {
    facts: [{ type: 'behind', kind: 'held', because: 'waits for your word: x' }],
    short: 'active, update held',
    says: 'but its update is held: waits for your word: x',
    advice: /hairem allow echo/,
  },
  'a secret that the new version lacks': {
    facts: [{ type: 'behind', kind: 'blocked', because: 'the secret PIN is missing: looked for X' }],
    short: 'active, update blocked',
    says: 'but its update is blocked: the secret PIN is missing: looked for X',
    advice: /put the secret where it is looked for/,
  },
  'a version that was reverted': {
    facts: [{ type: 'behind', kind: 'condemned', because: 'it crashed' }],
    short: 'active, update reverted',
    says: 'but its update was reverted: it crashed',
    advice: /hairem reload echo/,
  },
  'a folder that never rests': {
    facts: [{ type: 'behind', kind: 'settling', because: 'its files change' }],
    short: 'active, folder restless',
    says: 'but its folder is not taken: its files change',
    advice: /hairem events echo/,
  },
  'a folder that is gone': {
    facts: [{ type: 'behind', kind: 'gone', because: 'its folder is gone' }],
    short: 'active, folder gone',
    says: 'but not for long: its folder is gone',
    advice: /put the folder back/,
  },
};

/** Half a second passes with each sleep. */
function passing(): Clock {
  let now = 0;
  return {
    ...rig.clock,
    now: () => now,
    sleep: async () => {
      now += 500;
    },
  };
}

for (const [name, { facts, short, says, advice }] of Object.entries(BEHIND)) {
  test(`${name} is said beside what runs`, async () => {
    for (const fact of [desired('h2'), ...facts]) rig.registry.apply(eventOf(fact));
    const shown = await run('ps');
    assert.match(shown, new RegExp(`^echo +${short} +1\\.0 h1 → h2 `, 'm'));
    assert.ok(shown.includes(`\necho: active as h1, ${says}\n`), shown);
    const examined = await run('doctor');
    assert.ok(examined.includes(`PROBLEM echo: active as h1, ${says}`), examined);
    assert.match(examined, advice);
    const waited = await hairem(url, ['wait', 'echo', '--timeout', '1'], { clock: passing() });
    assert.equal(waited.code, 1);
    assert.match(waited.err, new RegExp(`^echo is active as h1, ${says.slice(0, 12)}`));
  });
}

test('a rollback is said, and is nothing to mend', async () => {
  rig.registry.apply(eventOf({ type: 'behind', kind: 'rolled_back', because: 'a user went back to h1' }));
  assert.match(await run('ps'), /^echo +active, rolled back /m);
  assert.match(await run('doctor'), /note: echo: active as h1, as it was rolled back: a user went back to h1/);
  assert.match(await run('wait echo'), /^echo is active\n$/);
});

test('what is wrong with the folder of an agent that a user stopped is said as well', async () => {
  const problem = { severity: 'error' as const, file: 'manifest.yaml', line: 2, column: 1, path: '', message: 'no' };
  rig.registry.apply(eventOf({ type: 'stopped', because: 'stopped by a user' }));
  rig.registry.apply(eventOf({ type: 'invalid', problems: [problem] }));
  assert.match(await run('ps'), /^echo: stopped, but its folder is invalid.*: manifest\.yaml:2:1 no$/m);
});

test('events say why, each in one line', async () => {
  const lines: string[] = [];
  const facts: [AgentFact, RegExp][] = [
    [
      { type: 'invalid', problems: [PROBLEM, PROBLEM] },
      /invalid +manifest\.yaml:3:5 resources\.memory: .* \(and 1 more\)$/,
    ],
    [{ type: 'behind', kind: 'held', because: 'waits for your word' }, /behind +waits for your word$/],
    [{ type: 'secrets', secrets: [], warnings: ['the secret PIN is missing'] }, /secrets +the secret PIN is missing$/],
    [desired('h3', { warnings: [{ ...PROBLEM, severity: 'warning' }] }), /desired +h3, manifest\.yaml:3:5 /],
    [
      {
        type: 'update',
        update: updateOf({ result: 'failed', error: { code: 'build_failed', message: 'no such package', log: [] } }),
      },
      /code failed .*, no such package$/,
    ],
  ];
  const { promise, resolve } = Promise.withResolvers<void>();
  const onLine = (line: string) => {
    lines.push(line);
    if (lines.length === facts.length) resolve();
  };
  const following = hairem(url, ['events', 'echo'], { onLine });
  await turnedUntil(() => rig.clock.sleepers() > 0);
  for (const [fact] of facts) rig.registry.apply(eventOf(fact));
  await promise;
  for (const [index, [, says]] of facts.entries()) assert.match(lines[index] ?? '', says);
  await rig.app.close();
  await following;
});
