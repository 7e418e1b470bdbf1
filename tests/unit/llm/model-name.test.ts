/** The provider before a model's name, as other programs want it, and names that begin so at their provider. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_MODEL_RIGHTS } from '../../../orchestrator/src/domain/llm/language-model.ts';
import { modelName } from '../../../orchestrator/src/domain/llm/model-name.ts';
import { chatModel, modelInUse, modelSettings } from '../../../orchestrator/src/services/llm/model-settings.ts';

const AT: Readonly<Record<string, string>> = {
  openrouter: 'https://openrouter.ai/api/v1',
  ollama: 'http://nas:11434/v1',
  litellm: 'http://host.docker.internal:4000/v1',
  gemini: 'https://generativelanguage.googleapis.com/v1beta/openai',
};
const ELSEWHERE = 'http://models.example/v1';

const rows: [provider: string | null, written: string, name: string][] = [
  ['openrouter', 'openrouter/vendor/model', 'vendor/model'],
  ['openrouter', 'OpenRouter/vendor/model:free', 'vendor/model:free'],
  ['openrouter', 'vendor/model', 'vendor/model'],
  ['openrouter', 'openai/gpt-4o', 'openai/gpt-4o'],
  ['openrouter', 'openrouter/auto', 'openrouter/auto'],
  ['openrouter', 'openrouter/openrouter/auto', 'openrouter/auto'],
  ['ollama', 'ollama/qwen3:8b', 'qwen3:8b'],
  ['ollama', 'ollama_chat/qwen3:8b', 'qwen3:8b'],
  ['ollama', 'hf.co/bartowski/x-GGUF:Q4', 'hf.co/bartowski/x-GGUF:Q4'],
  ['openai', 'openai/gpt-4o', 'gpt-4o'],
  ['openai', 'gpt-4o', 'gpt-4o'],
  ['gemini', 'gemini/gemini-2.5-flash', 'gemini-2.5-flash'],
  ['gemini', 'models/gemini-2.5-flash', 'models/gemini-2.5-flash'],
  ['groq', 'groq/llama-3.3-70b', 'llama-3.3-70b'],
  ['groq', 'groq/compound-mini', 'groq/compound-mini'],
  ['mistral', 'mistral/mistral-small', 'mistral-small'],
  ['mistral', 'mistralai/mistral-small', 'mistralai/mistral-small'],
  ['deepseek', 'deepseek/deepseek-chat', 'deepseek-chat'],
  ['anthropic', 'anthropic/claude', 'claude'],
  ['lmstudio', 'lm_studio/qwen/qwen3', 'qwen/qwen3'],
  ['vllm', 'hosted_vllm/Qwen/Qwen3', 'Qwen/Qwen3'],
  ['vllm', 'Qwen/Qwen3', 'Qwen/Qwen3'],
  ['litellm', 'openai/gpt-4o', 'openai/gpt-4o'],
  ['litellm', 'litellm_proxy/house', 'house'],
  ['nvidia', 'nvidia/nemotron', 'nvidia/nemotron'],
  ['acme', 'acme/small', 'small'],
  ['acme', 'acme/', 'acme/'],
  ['acme', 'acmeX/small', 'acmeX/small'],
  [null, 'openai/gpt-4o', 'openai/gpt-4o'],
];
for (const [provider, written, name] of rows) {
  test(`${provider}: ${written} is ${name}`, () => {
    const baseUrl = AT[provider ?? ''] ?? ELSEWHERE;
    assert.equal(modelName(written, { provider, baseUrl }), name);
    if (provider && AT[provider]) assert.equal(modelName(written, { provider: null, baseUrl }), name, 'by its address');
  });
}

test('a router is known by its address, whatever it is called', () => {
  const place = { provider: 'openai', baseUrl: AT.openrouter ?? '' };
  assert.equal(modelName('openai/gpt-4o', place), 'openai/gpt-4o');
});

describe('what goes out, what is allowed and what a record shows', () => {
  const shared = { provider: 'openrouter', baseUrl: null, model: 'openrouter/vendor/small' };
  const system = { ...shared, apiKey: null, embeddingModel: 'openrouter/vendor/vectors', price: null };
  const rights = {
    ...NO_MODEL_RIGHTS,
    grant: { ...NO_MODEL_RIGHTS.grant, models: ['openrouter/vendor/large', 'vendor/small'] },
  };
  const settings = modelSettings({ llm_config: {}, api_key: null, ...rights }, system);

  test('are the same name', () => {
    assert.deepEqual([settings.model, settings.embeddingModel], ['vendor/small', 'vendor/vectors']);
    assert.equal(chatModel(settings, null), 'vendor/small');
    assert.equal(chatModel(settings, 'vendor/large'), 'vendor/large');
    assert.equal(chatModel(settings, 'openrouter/vendor/large'), 'vendor/large');
    assert.throws(() => chatModel(settings, 'openrouter/vendor/other'), /vendor\/other is not one/);
    assert.equal(modelInUse({}, shared), 'vendor/small');
    assert.equal(modelInUse({ model: 'openrouter/vendor/large' }, shared), 'vendor/large');
  });
});
