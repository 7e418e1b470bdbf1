/** Every command that takes an agent takes it by its id, another spelling of it or its name, and says what was meant. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { knownAgent, whichAgent } from '../../../orchestrator/src/cli/agents/which-agent.ts';
import { COMMANDS } from '../../../orchestrator/src/cli/command-table.ts';
import { active, desired, eventOf, versionOf } from '../../support/builders/registry-events.ts';
import { type ApiRig, apiRig, listening } from '../../support/harness/api-rig.ts';
import { hairem } from '../../support/harness/cli-rig.ts';

const CREW = [
  { id: 'echo', name: 'Echo' },
  { id: 'my-lamp', name: 'Lampe du salon' },
  { id: 'lisa-1', name: 'Lisa' },
  { id: 'lisa-2', name: 'lisa' },
  { id: 'zoe', name: 'Zoé' },
  { id: 'anna', name: 'Echo' },
];

describe('a word means', () => {
  const meant: [string, string | null][] = [
    ['echo', 'echo'],
    ['ECHO', 'echo'],
    ['Echo', 'echo'], // an id goes before a name
    ['my_lamp', 'my-lamp'],
    ['My Lamp', 'my-lamp'],
    ['lampe  du SALON', 'my-lamp'],
    ['zoe\u0301', 'zoe'], // as a Mac types it
    [' echo ', 'echo'],
    ['lis', null],
    ['', null],
    ['constructor', null],
  ];
  for (const [word, id] of meant)
    test(`${JSON.stringify(word)}: ${id}`, () => assert.equal(knownAgent(word, CREW), id));
});

test('what means none or several is said', () => {
  const said = (word: string) => {
    try {
      return whichAgent(word, CREW);
    } catch (error) {
      return error instanceof Error ? error.message : error;
    }
  };
  assert.equal(said('ehco'), 'there is no agent "ehco"; did you mean echo?');
  assert.equal(said('Lampe du slaon'), 'there is no agent "Lampe du slaon"; did you mean my-lamp?');
  assert.equal(said('nobody-at-all'), 'there is no agent "nobody-at-all"; `hairem ps` lists those that there are');
  assert.equal(said('Lisa'), 'several agents are named "Lisa": say one by its id: lisa-1, lisa-2');
});

let rig: ApiRig;
let url: string;
beforeEach(async () => {
  rig = apiRig();
  for (const agent of ['my-lamp', 'other-lamp', 'third-lamp']) {
    const name = agent === 'my-lamp' ? 'Salon' : 'Twin';
    rig.registry.apply(eventOf(desired('h1', { version: versionOf('h1', { name }, agent) }), { agent }));
    rig.registry.apply(eventOf(active('h1', 1, { name }), { agent }));
  }
  rig.control.reply = { type: 'narrative.text', payload: { content: 'yes' } };
  url = await listening(rig);
  rig.clock.advance(60_000); // long enough for `wait` to believe the list
});
afterEach(() => rig.app.close());

/** Of each command that takes an agent: what it is called with beside it. `events` never ends, and has a test of its own. */
const TAKES_AGENT: Readonly<Record<string, readonly string[]>> = {
  logs: [],
  plan: [],
  start: [],
  stop: [],
  restart: [],
  reload: [],
  rollback: [],
  allow: [],
  send: ['hello'],
  wait: [],
};

test('no command that takes an agent is missing here', () => {
  const takers = COMMANDS.filter(({ words }) => words.includes('agent')).map(({ name }) => name);
  assert.deepEqual(takers.filter((name) => name !== 'events').sort(), Object.keys(TAKES_AGENT).sort());
});

for (const [command, more] of Object.entries(TAKES_AGENT)) {
  test(`${command} takes an id, another spelling of it and a name`, async () => {
    const run = (word: string) => hairem(url, [command, word, ...more]);
    const byId = await run('my-lamp');
    for (const word of ['MY-LAMP', 'My_Lamp', 'Salon', 'salon']) assert.deepEqual(await run(word), byId, word);
    assert.notEqual(byId.code, 3, byId.err);
    const twins = await run('twin');
    assert.equal(twins.code, 2, twins.err);
    assert.match(twins.err, /several agents are named "twin": say one by its id: other-lamp, third-lamp/);
    if (command === 'wait') return; // one that is not there may come
    const unknown = await run('my-lmap');
    assert.deepEqual(
      [unknown.code, unknown.err],
      [3, 'hairem: error: there is no agent "my-lmap"; did you mean my-lamp?\n'],
    );
  });
}

/** [command line behind `send`, what arrives]. */
const TEXTS: [string[], string][] = [
  [['echo', '-5'], '-5'],
  [['echo', '-5.5°C'], '-5.5°C'],
  [['echo', '-.5'], '-.5'],
  [['echo', '5', '-', '3'], '5 - 3'],
  [['echo', 'hello', '-world'], 'hello -world'],
  [['echo', '-_-'], '-_-'],
  [['echo', 'hi', '--', '--wait', '5'], 'hi --wait 5'],
  [['echo', '--', '-'], '-5 from stdin\nand more'],
  [['echo', 'say', '--frobnicate'], 'say --frobnicate'],
  [['--', 'echo', '--json'], '--json'],
  [['echo', 'hello', '--wait', '5'], 'hello'],
  [['--wait=5', 'echo', 'hello'], 'hello'],
  [['Echo', 'several', 'words'], 'several words'],
  [['echo', 'one  "quoted" \'text\''], 'one  "quoted" \'text\''],
  [['echo', 'two\nlines'], 'two\nlines'],
  [['echo', '🦊 ça va?'], '🦊 ça va?'],
  [['echo', '-'], '-5 from stdin\nand more'],
];
describe('send takes as text', () => {
  for (const [words, text] of TEXTS)
    test(JSON.stringify(words), async () => {
      const { code, err } = await hairem(url, ['send', ...words], { input: stdin('-5 from stdin\nand more\n') });
      assert.equal(code, 0, err);
      const body = JSON.stringify({ type: 'user_message', payload: { content: text, format: 'text' } });
      assert.ok(rig.control.calls.at(-1)?.startsWith(`send echo ${body}`), rig.control.calls.at(-1));
    });
});

async function* stdin(...texts: (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield typeof text === 'string' ? Buffer.from(text) : text;
}

describe('send refuses', () => {
  const refused: [string[], RegExp][] = [
    [['echo'], /there is nothing to send/],
    [['echo', ''], /there is nothing to send/],
    [['echo', '  '], /there is nothing to send/],
    [['echo', 'hello', '--wiat', '5'], /there is no option --wiat; did you mean --wait\?/],
    [['--frob', 'echo', 'hello'], /there is no option --frob/],
    [['-x', 'echo', 'hello'], /there is no option -x/],
    [['echo', 'hello', '--wait'], /--wait needs a value: --wait SECONDS/],
    [['echo', '-'], /stdin is no UTF-8 text/],
  ];
  for (const [words, message] of refused)
    test(JSON.stringify(words), async () => {
      const { code, err } = await hairem(url, ['send', ...words], { input: stdin(Uint8Array.of(0xff, 0xfe)) });
      assert.equal(code, 2);
      assert.match(err, message);
    });
  test('more from stdin than a message has', async () => {
    const { code, err } = await hairem(url, ['send', 'echo', '-'], { input: stdin('x'.repeat(2 ** 20)) });
    assert.deepEqual([code, /at most \d+ bytes, and stdin has more/.test(err)], [2, true]);
  });
});
