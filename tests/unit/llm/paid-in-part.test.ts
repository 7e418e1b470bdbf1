/** A day's limit counts what a provider has begun to answer, however it ends: it wants to be paid. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { type ModelCall, NO_MODEL_RIGHTS, NO_USAGE } from '../../../orchestrator/src/domain/llm/language-model.ts';
import { createLlmService } from '../../../orchestrator/src/services/llm/llm-service.ts';
import { fakeLedger } from '../../support/fakes/fake-ledger.ts';

const note = () => {};

for (const [name, isAnswered, tokens] of [
  ['broken off in the middle', true, 500],
  ['never begun', false, 0],
] as const) {
  test(`an answer that was ${name}`, async () => {
    const ledger = fakeLedger();
    const fail = async (call: ModelCall) => {
      if (isAnswered) call.onAnswered?.();
      throw new HairemError('unavailable', name);
    };
    const service = createLlmService({
      models: {
        chat: (_, __, call) => fail(call),
        embed: async () => ({ embeddings: [], model: '', usage: NO_USAGE }),
      },
      system: { provider: 'ollama', baseUrl: null, apiKey: null, model: 'small', embeddingModel: null, price: null },
      ownOf: async () => ({ llm_config: {}, api_key: null, ...NO_MODEL_RIGHTS }),
      ledger,
      limits: { tokensPerDay: null, costPerDay: null },
      now: () => new Date('2026-11-26T20:00:00Z'),
      onUsage: note,
      atOnce: 8,
      log: { debug: note, info: note, warn: note, error: note },
    });
    const about = {
      agent: 'electra',
      inst: 7,
      id: 'a',
      signal: new AbortController().signal,
      emit: note,
      restart: note,
    };
    const args = { messages: [{ role: 'user', content: 'hi' }], options: { max_tokens: 500 } };
    await assert.rejects(service.operations.chat?.run(args, about) ?? Promise.resolve(), /b|n/);
    const used = (await ledger.usedOn('electra', '2026-11-26')).tokens;
    assert.ok(used >= tokens && used < tokens + 50, String(used));
  });
}
