/** Calls of a language model at an address that a bundle names: to a hostile provider, with a name server of the test's own. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import type { ChatRequest, ModelCall, ModelSettings } from '../../../orchestrator/src/domain/llm/language-model.ts';
import { type AddressClass, createAddressClass } from '../../../orchestrator/src/domain/network/ip-address.ts';
import { createLlmProvider } from '../../../orchestrator/src/services/llm/provider/provider.ts';
import { type HostileProvider, startHostileProvider } from './hostile-provider.ts';

/** What the server knows, and no answer of ours may hold. */
export const SECRET = 'router-password-1234';

/** A server for each test of the file, and how often a call was tried again. */
export const hostile: { server: HostileProvider; tries: number } = {
  server: await startHostileProvider(),
  tries: 0,
};
await hostile.server.close();

beforeEach(async () => {
  hostile.server = await startHostileProvider();
  hostile.tries = 0;
});
afterEach(() => hostile.server.close());

export function settings(more: Partial<ModelSettings> = {}): ModelSettings {
  const model = { model: 'small', embeddingModel: 'vectors', options: {}, price: null };
  return { baseUrl: hostile.server.url, reach: 'owner', allowedModels: null, apiKey: null, ...model, ...more };
}
export const request = (stream: boolean): ChatRequest => ({
  messages: [{ role: 'user', content: 'hello' }],
  tools: [],
  options: {},
  stream,
});
export const call: ModelCall = {
  key: 'k',
  signal: new AbortController().signal,
  onText() {},
  onRestart() {},
  onRetry: () => {
    hostile.tries += 1;
  },
};
/** Every name is there, and leads where the test says. */
type Names = (hostname: string) => string[];
export interface How {
  totalMs?: number;
  endingMs?: number;
  names?: Names;
  classOf?: (address: string) => AddressClass;
}

export function provider({
  totalMs = 60_000,
  endingMs = 5_000,
  names,
  classOf = createAddressClass(['10.201.0.0/16']),
}: How = {}) {
  const lookup: Parameters<typeof createLlmProvider>[0]['lookup'] = (hostname, { all }, done) => {
    const found = (names?.(hostname) ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (all) done(null, found);
    else done(null, found[0]?.address ?? '', found[0]?.family ?? 0);
  };
  const options = { clock: { sleep: async () => {} }, timeoutMs: 20_000, totalMs, endingMs, classOf };
  return createLlmProvider(names ? { ...options, lookup } : options);
}

export const ways = {
  whole: (own = settings(), how: How = {}) => provider(how).chat(own, request(false), call),
  streamed: (own = settings(), how: How = {}) => provider(how).chat(own, request(true), call),
  embedded: (own = settings(), how: How = {}) => provider(how).embed(own, ['hello'], call),
};
export type Way = keyof typeof ways;
export const WAYS = Object.keys(ways) as Way[];

export async function failure(asked: Promise<unknown>): Promise<HairemError> {
  const error = await asked.then(
    (answer) => assert.fail(`it was answered: ${JSON.stringify(answer).slice(0, 200)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof HairemError, String(error));
  assert.doesNotMatch(error.message, new RegExp(`${SECRET}|<html|x{400}`));
  assert.ok(error.message.length < 800, error.message);
  return error;
}
