/** What providers of language models say, mutated: whatever comes is an answer, an error of ours, or words of an error. */

import { HairemError } from '../../orchestrator/src/domain/errors/errors.ts';
import { readJson } from '../../orchestrator/src/domain/text/json-text.ts';
import { answerIn, vectorsIn } from '../../orchestrator/src/services/llm/answer/answer-schema.ts';
import { hearAnswer, hearEnd, nothingSpoken } from '../../orchestrator/src/services/llm/answer/assemble.ts';
import { valuesIn } from '../../orchestrator/src/services/llm/answer/read-response.ts';
import { errorIn, plainError, plainPage } from '../../orchestrator/src/services/llm/provider/foreign-text.ts';
import { chatBody } from '../../orchestrator/src/services/llm/provider/request.ts';
import { resultOf } from '../../orchestrator/src/services/llm/provider/result.ts';
import { CALLS } from '../support/deviations/calls.ts';
import { ENDS } from '../support/deviations/ends.ts';
import { WORDS } from '../support/deviations/errors.ts';
import { EXTRAS, NOTICES } from '../support/deviations/notices.ts';
import { THINKING } from '../support/deviations/thinking.ts';
import type { Raw } from '../support/servers/llm-server.ts';
import type { Target } from './targets.ts';

const rows: Raw[] = [
  ...[CALLS, ENDS, NOTICES, EXTRAS, THINKING].flat().map(({ says }) => says),
  ...WORDS.map(([, says]) => says),
];
const SETTINGS = {
  baseUrl: 'http://nas/v1',
  reach: 'owner' as const,
  allowedModels: null,
  apiKey: 'sk-secret-1',
  model: 'small',
  embeddingModel: null,
  options: {},
  price: null,
};

async function* inPieces(text: string) {
  const bytes = Buffer.from(text);
  const size = 1 + (bytes.length % 97);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function answer(text: string): Promise<void> {
  const spoken = nothingSpoken({ tools: new Set(['a']), ids: new Set(['p']), key: 'k' });
  for await (const value of valuesIn(inPieces(text), 'here')) {
    if (value.type === 'done') break;
    if (errorIn(value.value, null, SETTINGS.apiKey)) continue;
    hearAnswer(spoken, answerIn(value.value, 'here'));
  }
  hearEnd(spoken);
  const { text: said, tool_calls, extra } = resultOf(spoken, { body: { model: 'm' }, settings: SETTINGS, cost: '1' });
  const message = { role: 'assistant', content: said || null, tool_calls, ...extra };
  const request = { messages: [message], tools: [], options: {}, stream: true };
  chatBody(SETTINGS, request, 'm');
  if (tool_calls.some(({ id }) => !id || id === 'p')) throw new Error('a call has no id of its own');
}

export const ANSWERS: Target = {
  name: 'answer of a model',
  seeds: rows.map(({ pieces }) => Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString('utf8')),
  async run(text) {
    plainError(text, SETTINGS.apiKey);
    plainPage(text, 'text/plain', SETTINGS.apiKey);
    try {
      vectorsIn(readJson(text), 'here');
    } catch (error) {
      if (!(error instanceof HairemError)) throw error;
    }
    await answer(text);
  },
};
