/** Whose address, whose key, whose model: an agent's own first, and no key goes where it was not meant for. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import {
  type ModelRights,
  NO_MODEL_RIGHTS,
  type SharedModel,
} from '../../../orchestrator/src/domain/llm/language-model.ts';
import { ownModel } from '../../../orchestrator/src/secrets/own-model.ts';
import {
  chatModel,
  embeddingModel,
  modelInUse,
  modelRefusal,
  modelSettings,
  requestOptions,
  type SystemModel,
} from '../../../orchestrator/src/services/llm/model-settings.ts';

/** As it is written in a manifest. */
const reference = (name: string) => `\${${name}}`;

/** What the manifest asks for, and nothing of the owner's. */
const OPEN = { ...NO_MODEL_RIGHTS, egress: true };

const NOTHING: SystemModel = {
  provider: null,
  baseUrl: null,
  apiKey: null,
  model: null,
  embeddingModel: null,
  price: null,
};
const SHARED: SystemModel = {
  provider: 'openrouter',
  baseUrl: null,
  apiKey: 'sk-shared',
  model: 'small',
  embeddingModel: 'vectors',
  price: { input: 1, output: 2 },
};
const of = (llm_config: Record<string, unknown>, system = SHARED, api_key: string | null = null) =>
  modelSettings({ llm_config, api_key, ...OPEN }, system);
const failing = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof HairemError && error.code === code && message.test(error.message);

describe('the settings of an agent', () => {
  test('are the system’s where it says nothing', () => {
    assert.deepEqual(of({}), {
      baseUrl: 'https://openrouter.ai/api/v1',
      reach: 'owner',
      allowedModels: null,
      apiKey: 'sk-shared',
      model: 'small',
      embeddingModel: 'vectors',
      options: {},
      price: { input: 1, output: 2 },
    });
  });

  test('are its own where it does; what we do not know is sent along', () => {
    const own = of({ model: 'large', temperature: 0.2, max_tokens: 100, top_k: 3, max_rounds: 2 }, SHARED, 'sk-own');
    const { model, apiKey, options, price } = own;
    assert.deepEqual(
      { model, apiKey, options, price },
      {
        model: 'large',
        apiKey: 'sk-own',
        options: { temperature: 0.2, max_tokens: 100, top_k: 3 },
        price: null,
      },
    );
  });

  test('elsewhere, the system’s key and models stay here', () => {
    for (const config of [{ base_url: 'http://evil.example/v1/' }, { provider: 'ollama' }]) {
      const { apiKey, model, embeddingModel, price } = of(config);
      assert.deepEqual([apiKey, model, embeddingModel, price], [null, null, null, null]);
    }
    assert.equal(of({ base_url: 'http://evil.example/v1/' }).baseUrl, 'http://evil.example/v1');
    assert.equal(of({ provider: 'OpenRouter' }).apiKey, 'sk-shared', 'the same address is the same provider');
  });

  test('have a price of their own', () => {
    assert.deepEqual(of({ price: { input: 3 } }).price, { input: 3, output: 0 });
    assert.throws(() => of({ price: { input: 'much' } }), failing('bad_request', /per million/));
  });

  test('that are missing say what to set', () => {
    assert.throws(() => of({}, NOTHING), failing('not_configured', /HAIREM_LLM_PROVIDER=ollama.*llm_config/));
    assert.throws(() => of({ provider: 'acme' }, NOTHING), failing('not_configured', /acme is not known.*base_url/));
    assert.throws(() => of({ base_url: 'ollama:11434' }), failing('bad_request', /expected a URL/));
    assert.throws(() => chatModel(of({ provider: 'ollama' }), null), failing('not_configured', /HAIREM_LLM_MODEL/));
    assert.equal(chatModel(of({}), 'asked-for'), 'asked-for');
    assert.throws(() => embeddingModel(of({ provider: 'ollama' })), failing('not_configured', /EMBEDDING_MODEL/));
  });
});

describe('an address of its own', () => {
  const config = { base_url: 'http://192.168.1.5:11434/v1', model: 'own' };
  const granted = (...modelAddresses: string[]) => ({
    egress: false,
    grant: { ...NO_MODEL_RIGHTS.grant, modelAddresses },
  });
  const reach = (rights: ModelRights, llm_config: Record<string, unknown> = config) =>
    modelSettings({ llm_config, api_key: null, ...rights }, SHARED).reach;

  test('needs egress or a grant, and the refusal names both lines', () => {
    const lines =
      /192\.168\.1\.5:11434\/v1, which.*"network: \{egress: internet\}".*model_addresses: \["http:\/\/192.168.1.5:11434\/v1"\]/;
    assert.throws(() => reach(NO_MODEL_RIGHTS), failing('refused', lines));
    assert.throws(() => reach(NO_MODEL_RIGHTS, { provider: 'groq' }), failing('refused', /api\.groq\.com/));
    assert.throws(() => reach(granted('http://192.168.1.5:1143')), failing('refused', /egress/));
    const odd = { base_url: 'http://nas/v1"],models:[x' };
    assert.throws(() => reach(NO_MODEL_RIGHTS, odd), failing('refused', /model_addresses: \["http:\/\/nas"\]/));
    assert.equal(reach(OPEN), 'public');
    assert.equal(reach(granted('http://192.168.1.5:11434')), 'granted');
    assert.equal(reach({ ...granted('http://192.168.1.5:11434'), egress: true }), 'granted');
  });

  test('that is the system’s needs nothing', () => {
    assert.equal(reach(NO_MODEL_RIGHTS, {}), 'owner');
    assert.equal(reach(NO_MODEL_RIGHTS, { provider: 'openrouter' }), 'owner');
    assert.equal(reach(NO_MODEL_RIGHTS, { base_url: 'https://OpenRouter.ai:443/api/v1/' }), 'owner');
  });

  test('is refused for its record with the same words', () => {
    assert.match(modelRefusal({ llm_config: config, api_key: null, ...NO_MODEL_RIGHTS }, SHARED) ?? '', /egress/);
    assert.equal(modelRefusal({ llm_config: config, api_key: null, ...OPEN }, SHARED), null);
    assert.equal(modelRefusal({ llm_config: { base_url: 'x' }, api_key: null, ...NO_MODEL_RIGHTS }, SHARED), null);
  });
});

describe('the system’s key goes to the system’s address alone', () => {
  for (const base_url of [
    'https://openrouter.ai/api/v1x',
    'https://openrouter.ai/api',
    'http://openrouter.ai/api/v1',
    'https://openrouter.ai:8443/api/v1',
    'https://openrouter.ai.evil.example/api/v1',
    'https://openrouter.ai./api/v1',
  ]) {
    test(`not to ${base_url}`, () => assert.equal(of({ base_url }).apiKey, null));
  }
  for (const base_url of [
    'https://openrouter.ai/api/v1?',
    'https://openrouter.ai/api/v1#',
    'https://OPENROUTER.ai/x/../api/v1/',
  ]) {
    test(`${base_url} is the same`, () => {
      const { baseUrl, apiKey } = of({ base_url });
      assert.deepEqual([baseUrl, apiKey], ['https://openrouter.ai/api/v1', 'sk-shared']);
    });
  }

  for (const name of ['api_base', 'base_url', 'api_key', 'models', 'fallbacks', 'user_config', 'extra_headers']) {
    test(`nor elsewhere by ${name} in a request`, () => {
      const guarded = { reach: 'owner', allowedModels: null } as const;
      assert.throws(() => requestOptions({ [name]: 'x' }, guarded), failing('bad_request', new RegExp(name)));
      const limited = { reach: 'public', allowedModels: ['small'] } as const;
      assert.throws(() => requestOptions({ [name]: 'x' }, limited), failing('bad_request', new RegExp(name)));
    });
  }

  test('what no proxy is led by goes along', () => {
    const open = { reach: 'public', allowedModels: null } as const;
    assert.deepEqual(requestOptions({ top_k: 3, models: ['a'], stream: true, model: 'x' }, open), {
      top_k: 3,
      models: ['a'],
    });
    assert.deepEqual(requestOptions({ top_k: 3 }, { reach: 'owner', allowedModels: ['a'] }), { top_k: 3 });
  });
});

test('a name with a line break, or longer than any, is none', () => {
  for (const model of ['a\nb', 'a\u0000', 'x'.repeat(201)]) {
    assert.throws(() => of({ model }), failing('bad_request', /llm_config\.model/));
  }
});

describe('the key of an agent', () => {
  const secrets = { MY_KEY: 'one', LLM_API_KEY: 'two', OPENAI_API_KEY: 'three', HA_TOKEN: 'no' };

  test('is what its config refers to, by either name', () => {
    assert.equal(ownModel('electra', { api_key: reference('MY_KEY') }, secrets).api_key, 'one');
    assert.equal(ownModel('electra', { api_key: reference('ELECTRA_MY_KEY') }, secrets).api_key, 'one');
    assert.equal(ownModel('electra', { api_key: 'sk-literal' }, secrets).api_key, 'sk-literal');
  });

  test('else its secret LLM_API_KEY, else that of its provider, else none', () => {
    assert.equal(ownModel('electra', { api_key: reference('OTHER') }, secrets).api_key, 'two');
    const { LLM_API_KEY: _, ...fewer } = secrets;
    assert.equal(ownModel('electra', { provider: 'openai' }, fewer).api_key, 'three');
    assert.equal(ownModel('electra', { provider: 'ollama' }, fewer).api_key, null);
    assert.equal(ownModel('electra', {}, fewer).api_key, null);
  });

  test('is all that leaves of its secrets, beside what its llm_config names', () => {
    const own = ownModel(
      'electra',
      { base_url: `http://${reference('HOST')}/v1`, api_key: 'x', temperature: 1 },
      { ...secrets, HOST: 'nas' },
    );
    assert.deepEqual(own, { llm_config: { base_url: 'http://nas/v1', temperature: 1 }, api_key: 'x' });
  });
});

test('an address with a password in it is an error that does not repeat it', () => {
  for (const base_url of ['http://ada:swordfish@10.0.0.5/v1', 'swordfish', 'ftp://ada:swordfish@host'])
    assert.throws(
      () => of({ base_url }),
      (error: unknown) => error instanceof HairemError && error.code === 'bad_request' && !/ada:/.test(error.message),
    );
  assert.throws(() => of({ base_url: 'http://ada:swordfish@10.0.0.5/v1' }), /LLM_API_KEY/);
});

describe('the model that a record shows', () => {
  const ollama = { provider: 'ollama', baseUrl: null, model: 'small' };
  const shown = (llm_config: Record<string, unknown>, shared: SharedModel = ollama) => modelInUse(llm_config, shared);
  const nobody = { provider: null, baseUrl: null, model: null };

  test('is the bundle’s own, else the system’s', () => {
    assert.equal(shown({ model: 'large' }), 'large');
    assert.equal(shown({ temperature: 0.3 }), 'small');
    assert.equal(shown({ provider: 'Ollama' }), 'small');
  });

  test('is not the system’s where the bundle names another address', () => {
    assert.equal(shown({ provider: 'groq' }), null);
    assert.equal(shown({ base_url: 'http://10.0.0.5/v1', model: 'own' }), 'own');
  });

  test('is none where there is none, or where the settings make no sense', () => {
    assert.equal(shown({}, nobody), null);
    assert.equal(shown({ model: 'large' }, nobody), 'large');
    assert.equal(shown({ base_url: 'nonsense' }), null);
    assert.equal(shown({ provider: 'nobody-knows' }), null);
  });
});
