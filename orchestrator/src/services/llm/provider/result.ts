/** What an agent is given of an answer: all that fits into one message, and that matters most first. Pure. */
import type { ChatResult, ModelSettings } from '../../../domain/llm/language-model.ts';
import { LARGEST_RESULT_BYTES } from '../../../domain/messages/message-size.ts';
import type { Spoken } from '../answer/assemble.ts';
import { noticeOf } from '../answer/finish-reason.ts';
import { boundedFields, roomForFields } from '../answer/unknown-fields.ts';
import { usageOf } from '../answer/usage.ts';

interface Asked {
  body: Readonly<Record<string, unknown>>;
  settings: ModelSettings;
  /** Dollars, as a header said them. */
  cost: string | null;
}

export function resultOf(spoken: Spoken, { body, settings, cost }: Asked): ChatResult {
  const { text, thinking, isRefusal } = spoken;
  const room = roomForFields();
  const extra = boundedFields(spoken.extra, room);
  const tool_calls = spoken.calls.said(room);
  const finish_reason = spoken.finishReason ?? (tool_calls.length > 0 ? 'tool_calls' : 'stop');
  const maxTokens = [body.max_completion_tokens, body.max_tokens].find((one) => typeof one === 'number') ?? null;
  const notice = noticeOf({ text, thinking, tool_calls, finish_reason, isRefusal, maxTokens });
  const model = spoken.model ?? String(body.model);
  const usage = usageOf(spoken.counted, cost, settings.price);
  return fitting({ text, thinking, tool_calls, extra, finish_reason, notice, model, usage });
}

/** A text that is paid for is not lost for what stands beside it. */
function fitting(result: ChatResult): ChatResult {
  const less = [result, { ...result, thinking: '' }, { ...result, thinking: '', extra: {} }];
  return less.find((one) => Buffer.byteLength(JSON.stringify(one)) <= LARGEST_RESULT_BYTES) ?? result;
}
