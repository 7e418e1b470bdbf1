/** Asks a provider that answers with given bytes, as an agent would be told: never twice, whatever comes. */
import assert from 'node:assert/strict';
import { after, before, beforeEach } from 'node:test';
import type { ChatRequest, ModelSettings } from '../../../orchestrator/src/domain/llm/language-model.ts';
import { createAddressClass } from '../../../orchestrator/src/domain/network/ip-address.ts';
import { createLlmProvider } from '../../../orchestrator/src/services/llm/provider/provider.ts';
import { TOOLS } from '../deviations/calls.ts';
import { type LlmServer, type Raw, startLlmServer } from './llm-server.ts';

/** A new one for each test: it learns. */
const newProvider = () =>
  createLlmProvider({
    clock: { sleep: async () => {} },
    timeoutMs: 5_000,
    classOf: createAddressClass([]),
  });
/** The server of this file, and what was streamed of the answer that was asked for last. */
export const asking: { server: LlmServer; heard: { text: string; thinking: string }; restarts: number } = {
  server: await startLlmServer(),
  heard: { text: '', thinking: '' },
  restarts: 0,
};
await asking.server.close();
before(async () => {
  asking.server = await startLlmServer();
  asking.server.honoursKeys = false;
});
after(() => asking.server.close());
let provider = newProvider();
beforeEach(() => {
  asking.server.asked.length = 0;
  asking.heard = { text: '', thinking: '' };
  asking.restarts = 0;
  provider = newProvider();
});

const settings = (): ModelSettings => {
  const model = { apiKey: null, model: 'small', embeddingModel: null, options: { max_tokens: 7 }, price: null };
  return { baseUrl: asking.server.url, reach: 'owner', allowedModels: null, ...model };
};

export function chat(says: Raw, more: Partial<ChatRequest> = {}) {
  asking.server.onAsked = () => ({ raw: says });
  asking.heard = { text: '', thinking: '' };
  const request = { messages: [{ role: 'user', content: 'hi' }], tools: TOOLS, options: {}, stream: true, ...more };
  return provider.chat(settings(), request, {
    key: 'k',
    signal: new AbortController().signal,
    onText: (text) => {
      asking.heard.text += text;
    },
    onThinking: (text) => {
      asking.heard.thinking += text;
    },
    onRestart: () => {
      asking.restarts += 1;
      asking.heard = { text: '', thinking: '' };
    },
    onRetry: (why) => assert.fail(`it was tried again: ${why}`),
  });
}
