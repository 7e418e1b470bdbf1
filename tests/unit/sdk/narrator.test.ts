/** What BaseAgent makes of what is said to it, as `contract/narrator.json` says; test_narrator.py does it for Python. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { HistoryEntry, JsonObject, Profile } from '../../../agent-base-image/typescript/src/agent-host.ts';
import type { LlmAnswer, LlmToolCall } from '../../../agent-base-image/typescript/src/llm.ts';
import type { Message } from '../../../agent-base-image/typescript/src/message.ts';
import { isAsked } from '../../../agent-base-image/typescript/src/narrator/attention.ts';
import { localTime } from '../../../agent-base-image/typescript/src/narrator/local-time.ts';
import { promptFor } from '../../../agent-base-image/typescript/src/narrator/prompt.ts';
import {
  argumentsOf,
  offersOf,
  roundMessages,
  roundsOf,
  toolNames,
  toolsOf,
  withOwnIds,
} from '../../../agent-base-image/typescript/src/narrator/skills.ts';
import { createSpeech } from '../../../agent-base-image/typescript/src/narrator/speech.ts';
import { themeOf } from '../../../agent-base-image/typescript/src/narrator/theme.ts';
import { aMessage } from '../../support/fakes/fake-agent-host.ts';

interface Told {
  type?: string;
  sender?: string;
  target?: string;
  content: unknown;
  user?: string;
  correlation_id?: string;
}

type Round = Pick<LlmAnswer, 'text' | 'extra' | 'tool_calls'>;

interface Contract {
  asked: { name: string; name_is?: string; message: Told; asked: boolean }[];
  prompts: {
    name: string;
    profile: Partial<Profile>;
    persona?: JsonObject;
    history?: Omit<HistoryEntry, 'when'>[];
    theme?: string;
    message: Told;
    messages: JsonObject[];
  }[];
  tools: { name: string; made: Profile['skills']; stated: Profile['skills']; tools: JsonObject[] }[];
  arguments: { given: unknown; arguments: unknown }[];
  round_messages: { name: string; answer: Round; results: string[]; messages: JsonObject[] }[];
  ids: { name: string; rounds: unknown[][]; own: string[][] }[];
  times: { at: string; zone: string; said: string }[];
  rounds: { llm_config: JsonObject; rounds: number }[];
  themes: { payload: JsonObject; theme: string | null }[];
  tool_names: { names: string[]; tools: string[] }[];
}

const LOCAL_TIME = new URL('../../../agent-base-image/typescript/src/narrator/local-time.ts', import.meta.url).href;
const file = new URL('../../../agent-base-image/contract/narrator.json', import.meta.url);
const contract = JSON.parse(readFileSync(file, 'utf8')) as Contract;
const when = '2026-01-01T12:00:00Z';

function told({
  type = 'user_message',
  sender = 'user',
  target = 'renarde',
  content,
  user,
  correlation_id,
}: Told): Message {
  return aMessage({
    id: 'm1',
    timestamp: when,
    type,
    sender: { agent_id: sender },
    recipient: { target },
    payload: { content, ...(user === undefined ? {} : { user }) },
    metadata: { priority: 'normal', ttl: 5, chain: [], redelivered: false, correlation_id: correlation_id ?? null },
  });
}

describe('a message is answered, or not', () => {
  for (const { name, name_is = 'Renarde', message, asked } of contract.asked) {
    test(name, () => assert.equal(isAsked(told(message), { id: 'renarde', name: name_is }), asked));
  }
});

describe('the model is told', () => {
  for (const { name, profile, persona = null, history = [], theme = null, message, messages } of contract.prompts) {
    test(name, () => {
      const whole = {
        role: null,
        description: null,
        config: {},
        persona,
        llm_config: {},
        skills: [],
        ...profile,
      } as Profile;
      const said = history.map((entry) => ({ ...entry, when }));
      const parts = {
        id: 'renarde',
        profile: whole,
        persona,
        history: said,
        message: told(message),
        theme,
        zone: 'UTC',
      };
      assert.deepEqual(promptFor(parts), messages);
    });
  }

  test('no more than it can take', () => {
    const profile = {
      name: 'Renarde',
      role: null,
      description: null,
      config: {},
      persona: null,
      llm_config: {},
      skills: [],
    };
    const history = Array.from({ length: 50 }, (_, n) => ({
      id: `${n}`,
      role: 'user' as const,
      text: `${n}`,
      who: 'user',
      when,
    }));
    const parts = { id: 'renarde', profile, persona: null, message: told({ content: 'x' }), theme: null, zone: 'UTC' };
    assert.equal(String(promptFor({ ...parts, history })[1]?.content).split('\n').length, 31);
    const long = history.map((entry) => ({ ...entry, text: 'x'.repeat(10_000) }));
    assert.equal(String(promptFor({ ...parts, history: long })[1]?.content).split('\n').length, 3);
  });
});

describe('skills', () => {
  for (const { name, made, stated, tools } of contract.tools) {
    test(name, () => assert.deepEqual(toolsOf(offersOf(made, stated)), tools));
  }
  for (const { given, arguments: expected } of contract.arguments) {
    test(`arguments ${JSON.stringify(given).slice(0, 40)}`, () => assert.deepEqual(argumentsOf(given), expected));
  }
  test('a number that a double cannot hold stays as it was written', () => {
    const given = '{"id": 1144027923840143361, "far": 1e400, "fine": 9007199254740991}';
    assert.deepEqual(argumentsOf(given), { id: '1144027923840143361', far: '1e400', fine: 9007199254740991 });
  });
  for (const { name, answer, results, messages } of contract.round_messages) {
    test(name, () => assert.deepEqual(roundMessages(answer, results), messages));
  }
  for (const { name, rounds, own } of contract.ids) {
    test(`ids of calls: ${name}`, () => {
      const taken = new Set<string>();
      const calls = (ids: unknown[]) => ids.map((id) => ({ id, type: 'function' }) as unknown as LlmToolCall);
      const got = rounds.map((ids) => withOwnIds(calls(ids), taken).map(({ id }) => id));
      assert.deepEqual(got, own);
    });
  }
  for (const { llm_config, rounds } of contract.rounds) {
    test(`rounds of ${JSON.stringify(llm_config)}`, () => assert.equal(roundsOf(llm_config), rounds));
  }
});

describe('names of skills', () => {
  for (const { names, tools } of contract.tool_names) {
    test(`${names.join(', ').slice(0, 40)} are told as providers take them`, () => {
      const told = toolNames(names);
      assert.deepEqual(
        names.map((name) => [...told].find(([, own]) => own === name)?.[0]),
        tools,
      );
      const offers = names.map((name) => ({ name, description: '' }));
      const offered = toolsOf(offersOf([], offers)).map((tool) => (tool.function as { name: string }).name);
      assert.deepEqual(offered, tools);
    });
  }
});

describe('the time of a message', () => {
  for (const { at, zone, said } of contract.times) {
    test(`${at} in ${zone}`, () => assert.equal(localTime(at, zone), said));
  }

  test('is that of this process, which has it from its environment', () => {
    const script = `import { ownZone } from '${LOCAL_TIME}'; console.log(ownZone(), new Date(0).getHours());`;
    const told = (TZ: string) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', script], { env: { TZ } }).stdout.toString();
    assert.equal(told('Europe/Paris'), 'Europe/Paris 1\n');
    assert.equal(told('UTC'), 'UTC 0\n');
  });
});

describe('the theme of the world', () => {
  for (const { payload, theme } of contract.themes) {
    test(`${JSON.stringify(payload)} says ${theme}`, () => assert.equal(themeOf(payload), theme));
  }
});

describe('speech', () => {
  const heard: unknown[] = [];
  const acks: (() => void)[] = [];
  const utter = (piece: unknown) => {
    heard.push(piece);
    return new Promise<void>((resolve) => acks.push(resolve));
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  test('goes out one piece after the other; what comes meanwhile is joined', async () => {
    const speech = createSpeech(utter);
    for (const text of ['one ', 'two ', 'three']) speech.say(text);
    assert.equal(heard.length, 1);
    acks.shift()?.();
    await settled();
    speech.restart();
    speech.say('four');
    const ended = speech.end();
    acks.shift()?.();
    await settled();
    acks.shift()?.();
    await ended;
    assert.deepEqual(heard, [
      { content: 'one ', restart: false, seq: 0 },
      { content: 'two three', restart: false, seq: 1 },
      { content: 'four', restart: true, seq: 2 },
    ]);
  });

  test('that cannot go out keeps nobody from ending', async () => {
    const speech = createSpeech(() => Promise.reject(new Error('no')));
    speech.say('one');
    await speech.end();
  });

  for (const turns of [0, 1, 2, 3, 4, 5]) {
    test(`goes, too, when it comes ${turns} turns after the one before has gone`, async () => {
      const said: string[] = [];
      const first = Promise.withResolvers<void>();
      const speech = createSpeech(async ({ content }) => {
        said.push(content);
        if (said.length === 1) await first.promise;
      });
      speech.say('a');
      first.resolve();
      for (let n = 0; n < turns; n += 1) await null;
      speech.say('b');
      await speech.end();
      assert.deepEqual(said, ['a', 'b']);
    });
  }
});
