/** The llm service between an agent and a model: settings, pieces, bill, and what happens when either end is gone. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import {
  type ChatRequest,
  type ChatResult,
  type InstanceModel,
  type LanguageModel,
  type ModelCall,
  type ModelSettings,
  NO_MODEL_RIGHTS,
  NO_USAGE,
  type Usage,
} from '../../../orchestrator/src/domain/llm/language-model.ts';
import type { Ledger } from '../../../orchestrator/src/domain/ports/stores.ts';
import type { Call } from '../../../orchestrator/src/rpc/operation.ts';
import { createLlmService, type LlmService } from '../../../orchestrator/src/services/llm/llm-service.ts';
import type { SystemModel } from '../../../orchestrator/src/services/llm/model-settings.ts';
import { fakeLedger } from '../../support/fakes/fake-ledger.ts';

const SYSTEM: SystemModel = {
  provider: 'ollama',
  baseUrl: null,
  apiKey: null,
  model: 'small',
  embeddingModel: null,
  price: null,
};
const usage: Usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, cost: 0.1 };
const whole = { thinking: '', extra: {}, finish_reason: 'stop', notice: null };
const answer: ChatResult = { text: 'well', tool_calls: [], ...whole, model: 'small', usage };
const messages = [{ role: 'user', content: 'hello' }];

let ledger: Ledger;
let own: InstanceModel;
let today: Date;
let asked: { settings: ModelSettings; request: ChatRequest; call: ModelCall }[];
let answers: (call: ModelCall) => Promise<ChatResult>;
let told: [string, Usage][];
let emitted: unknown[];
let logged: string[];
let service: LlmService;

const models: LanguageModel = {
  chat(settings, request, call) {
    asked.push({ settings, request, call });
    return answers(call);
  },
  embed: async (_settings, texts) => ({ embeddings: texts.map(() => [1, 0]), model: 'vectors', usage: NO_USAGE }),
};

beforeEach(() => {
  ledger = fakeLedger();
  own = { llm_config: {}, api_key: null, ...NO_MODEL_RIGHTS };
  today = new Date('2026-11-26T20:00:00Z');
  [asked, told, emitted, logged] = [[], [], [], []];
  answers = async () => answer;
  service = make();
});

function make(system: Partial<SystemModel> = {}, atOnce = 8): LlmService {
  const note = (message: string) => logged.push(message);
  return createLlmService({
    models,
    system: { ...SYSTEM, ...system },
    ownOf: async () => own,
    ledger,
    limits: { tokensPerDay: null, costPerDay: null },
    now: () => today,
    onUsage: (agent, used) => told.push([agent, used]),
    atOnce,
    log: { debug: note, info: note, warn: note, error: note },
  });
}

function call(more: Partial<Call> = {}): Call {
  const about = { agent: 'electra', inst: 7, id: 'request-1', signal: new AbortController().signal };
  return { ...about, emit: (data) => emitted.push(data), restart: () => emitted.push('restart'), ...more };
}
const chat = (args: Record<string, unknown> = {}, more: Partial<Call> = {}) =>
  service.operations.chat?.run({ messages, ...args }, call(more)) ?? Promise.reject(new Error('no chat'));
const failing = (code: string) => (error: unknown) => error instanceof HairemError && error.code === code;

describe('chat', () => {
  test('asks the model of the agent with a key that is the call’s own', async () => {
    own = { ...own, llm_config: { temperature: 0.5 }, api_key: 'sk-own' };
    assert.deepEqual(await chat({ model: 'large', options: { seed: 1, stream: true, messages: [] } }), answer);
    const [{ settings, request, call: made } = { settings: null, request: null, call: null }] = asked;
    assert.match(made?.key ?? '', /^hairem-[0-9a-f]{64}$/);
    assert.deepEqual([settings?.apiKey, settings?.options], ['sk-own', { temperature: 0.5 }]);
    assert.deepEqual(request, { messages, tools: [], options: { seed: 1, model: 'large' }, stream: false });
  });

  test('passes pieces on, and says when they are void', async () => {
    answers = async (made) => {
      made.onThinking?.('hm');
      made.onText('we');
      made.onRestart();
      made.onText('well');
      return answer;
    };
    await chat({ stream: true });
    assert.deepEqual(emitted, [{ thinking: 'hm' }, { text: 'we' }, 'restart', { text: 'well' }]);
  });

  test('is refused without settings, without a model, and where it makes no sense', async () => {
    service = make({ provider: '' });
    await assert.rejects(chat(), failing('not_configured'));
    service = make({ model: '' });
    await assert.rejects(chat(), failing('not_configured'));
    await assert.rejects(chat({ messages: [] }), failing('bad_request'));
    await assert.rejects(chat({ messages: [{ role: 'wizard' }] }), failing('bad_request'));
    assert.equal(asked.length, 0);
  });

  test('that is not whole is given as it is, and logged with what to set', async () => {
    answers = async () => ({ ...answer, text: '', notice: 'cut off: set max_tokens' });
    await chat();
    assert.deepEqual(logged, ['an answer of a language model is not whole']);
  });

  test('names the model as its provider knows it', async () => {
    own = { ...own, llm_config: { provider: 'ollama', model: 'ollama/large' } };
    await chat();
    await chat({ model: 'ollama_chat/small' }, { id: 'b' });
    assert.deepEqual([asked[0]?.request.options.model, asked[1]?.request.options.model], ['large', 'small']);
  });

  test('never has more than so many at once', async () => {
    service = make({}, 2);
    const ends: (() => void)[] = [];
    answers = () => new Promise((resolve) => ends.push(() => resolve(answer)));
    const all = ['a', 'b', 'c', 'd'].map((id) => chat({}, { id }));
    while (ends.length < 4) {
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(asked.length - ends.filter((end) => end === done).length <= 2);
      const next = ends.findIndex((end) => end !== done);
      if (next >= 0) {
        ends[next]?.();
        ends[next] = done;
      }
    }
    for (const end of ends) end();
    assert.equal((await Promise.all(all)).length, 4);
  });
});

const done = () => {};
describe('the bill', () => {
  test('grows by each call once, and is told', async () => {
    await chat({}, { id: 'a' });
    await chat({}, { id: 'b' });
    await chat({}, { id: 'b' });
    assert.deepEqual(
      told.map(([agent, { total_tokens }]) => [agent, total_tokens]),
      [
        ['electra', 5],
        ['electra', 10],
        ['electra', 10],
      ],
    );
  });

  test('a call that was under way when the process died goes out again, with the same key, and says so', async () => {
    await ledger.begin('electra', 'request-1');
    await chat();
    await chat();
    assert.equal(asked[0]?.call.key, asked[1]?.call.key);
    assert.match(logged.join(), /goes out again/);
  });

  test('a call that failed is not under way; one that was given up may be', async () => {
    answers = () => Promise.reject(new HairemError('unavailable', 'away'));
    await assert.rejects(chat(), failing('unavailable'));
    assert.equal(await ledger.begin('electra', 'request-1'), false);
    answers = () => Promise.reject(new HairemError('timeout', 'slow'));
    await assert.rejects(chat({}, { id: 'b' }), failing('timeout'));
    assert.equal(await ledger.begin('electra', 'b'), true);
  });

  test('that cannot be written costs nobody the answer', async () => {
    const away = () => Promise.reject(new HairemError('unavailable', 'no store'));
    ledger = { begin: away, settle: away, drop: away, totals: away, usedOn: away, spend: away };
    service = make();
    assert.deepEqual(await chat(), answer);
    assert.match(logged.join(), /ledger was not written/);
  });
});

describe('what the owner limits', () => {
  const limited = (grant: Partial<InstanceModel['grant']>) => {
    own = { ...own, grant: { ...own.grant, ...grant } };
  };

  test('another model is refused, by whatever field it is asked for', async () => {
    limited({ models: ['small'] });
    assert.deepEqual(await chat(), answer);
    await assert.rejects(chat({ model: 'large' }), failing('refused'));
    assert.deepEqual(await chat({ options: { model: 'large' } }), answer);
    assert.equal(asked.at(-1)?.request.options.model, 'small');
    await assert.rejects(chat({ options: { models: ['large'] } }), failing('bad_request'));
    own = { ...own, llm_config: { model: 'large' } };
    await assert.rejects(chat(), failing('refused'));
    own = { ...own, llm_config: { embedding_model: 'large' } };
    await assert.rejects(service.vectorOf('a', call()), failing('refused'));
    assert.equal(asked.length, 2);
  });

  test('a call above the day’s tokens does not go out; answers, vectors and what was given up count', async () => {
    limited({ tokensPerDay: 1_200 });
    await assert.rejects(chat({ options: { max_tokens: 1_200 } }), failing('refused'));
    assert.equal(asked.length, 0);
    answers = () => Promise.reject(new HairemError('cancelled', 'given up'));
    await assert.rejects(chat({ options: { max_tokens: 600 } }), failing('cancelled'));
    await assert.rejects(chat({ options: { max_tokens: 600 } }, { id: 'b' }), failing('refused'));
    answers = () => Promise.reject(new HairemError('unavailable', 'away'));
    await assert.rejects(chat({ options: { max_tokens: 500 } }), failing('unavailable'));
    answers = async () => answer;
    assert.deepEqual(await chat({ options: { max_tokens: 500 } }), answer);
    own = { ...own, llm_config: { embedding_model: 'vectors' } };
    await assert.rejects(service.vectorOf('x'.repeat(4_000), call()), failing('refused'));
    assert.deepEqual(await service.vectorOf('x'.repeat(400), call()), [1, 0]);
    const { tokens } = await ledger.usedOn('electra', '2026-11-26');
    assert.ok(tokens > 700 && tokens < 800, String(tokens));
  });

  test('a hundred calls at once go out as far as the limit reaches', async () => {
    limited({ tokensPerDay: 2_500 });
    const all = Array.from({ length: 100 }, (_, n) => chat({}, { id: `call-${n}` }));
    const ended = await Promise.allSettled(all);
    assert.equal(ended.filter(({ status }) => status === 'fulfilled').length, 2);
    assert.equal(asked.length, 2);
  });

  test('an address of its own is refused without egress and grant, for vectors, too', async () => {
    own = { ...own, llm_config: { base_url: 'http://192.168.1.1/v1', embedding_model: 'e', model: 'm' } };
    await assert.rejects(chat(), failing('refused'));
    await assert.rejects(service.vectorOf('a', call()), failing('refused'));
    own = { ...own, egress: true };
    await chat();
    limited({ modelAddresses: ['http://192.168.1.1'] });
    await chat();
    assert.deepEqual(
      asked.map(({ settings }) => settings.reach),
      ['public', 'granted'],
    );
  });
});

describe('one agent whose model hangs', () => {
  test('takes no turn of the others, by chat or by vectors', async () => {
    service = make({ embeddingModel: 'vectors' });
    own = {
      ...own,
      egress: true,
      llm_config: { base_url: 'http://hangs.example/v1', model: 'm', embedding_model: 'e' },
    };
    answers = () => new Promise(() => {});
    for (let n = 0; n < 8; n += 1) chat({}, { agent: 'hog', id: `hog-${n}` }).catch(() => {});
    const vectors = Array.from({ length: 8 }, (_, n) => service.vectorOf('a', call({ agent: 'hog', id: `v-${n}` })));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(asked.length, 2);
    own = { llm_config: {}, api_key: null, ...NO_MODEL_RIGHTS };
    answers = async () => answer;
    assert.deepEqual(await chat(), answer);
    const isWaiting = Symbol('waits');
    assert.equal(await Promise.race([...vectors, Promise.resolve(isWaiting)]), isWaiting);
  });
});

describe('a key for a call', () => {
  test('is one agent’s alone, whatever its name and its ids are put together from', async () => {
    await chat({}, { agent: 'electra', id: 'ha-1' });
    await chat({}, { agent: 'electra-ha', id: '1' });
    await chat({}, { agent: 'electra', id: 'a\r\nx-evil: 1' });
    const keys = asked.map((one) => one.call.key);
    assert.equal(new Set(keys).size, 3);
    for (const key of keys) assert.match(key, /^[\w-]+$/);
  });
});

describe('vectors', () => {
  test('of one text and of several', async () => {
    service = make({ embeddingModel: 'vectors' });
    const embedded = (await service.operations.embed?.run({ input: ['a', 'b'] }, call())) as { embeddings: unknown[] };
    assert.equal(embedded.embeddings.length, 2);
    assert.deepEqual(await service.vectorOf('a', call()), [1, 0]);
  });

  test('there are none for memory where no embedding model is named, and that is no error', async () => {
    assert.equal(await service.vectorOf('a', call()), null);
    service = make({ provider: '' });
    assert.equal(await service.vectorOf('a', call()), null);
    await assert.rejects(
      service.operations.embed?.run({ input: 'a' }, call()) ?? Promise.resolve(),
      failing('not_configured'),
    );
  });
});
