/** Skills as a language model sees and uses them. Pure; `contract/narrator.json` holds both SDKs to it. */
import type { JsonObject, Profile } from '../agent-host.ts';
import type { LlmMessage, LlmToolCall } from '../llm.ts';
import { isFields } from '../message.ts';

/** What is known of one skill, by code or by manifest and persona. */
export interface Offer {
  readonly name: string;
  readonly description: string;
  readonly parameters?: JsonObject | undefined;
}

/** Those that its code has made, and those that manifest or persona list; what these say of one wins. */
export function toolsOf(made: Iterable<Offer>, stated: Profile['skills']): JsonObject[] {
  const offers = new Map<string, Offer>();
  for (const { name, description, parameters } of [...made, ...stated]) {
    const before = offers.get(name);
    offers.set(name, {
      name,
      description: description || before?.description || '',
      parameters: parameters ?? before?.parameters,
    });
  }
  return [...offers.values()].map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name, description, parameters: parameters ?? { type: 'object', properties: {} } },
  }));
}

/** @returns the arguments, or a text that tells the model what was wrong with them */
export function argumentsOf({ function: { arguments: text } }: LlmToolCall): JsonObject | string {
  try {
    const value: unknown = text.trim() === '' ? {} : JSON.parse(text);
    return isFields(value) ? value : 'error: the arguments must be a JSON object';
  } catch {
    return 'error: the arguments are no JSON';
  }
}

const LONGEST_RESULT = 16_000;

/** What a skill returned, as the model is told. */
export function resultText(result: unknown): string {
  const text = typeof result === 'string' ? result : (JSON.stringify(result ?? null) ?? 'null');
  return text.length > LONGEST_RESULT ? `${text.slice(0, LONGEST_RESULT)}…` : text;
}

/** What the model said, and what came of it, as the next round begins with them. */
export function roundMessages(
  { text, tool_calls }: { text: string; tool_calls: readonly LlmToolCall[] },
  results: readonly string[],
): LlmMessage[] {
  const answers = tool_calls.map(({ id }, index) => ({
    role: 'tool' as const,
    tool_call_id: id,
    content: results[index] ?? '',
  }));
  return [{ role: 'assistant', content: text, tool_calls }, ...answers];
}

const MOST_ROUNDS = 6;

/** How often it may use skills before it must answer: `llm_config.max_rounds`. */
export function roundsOf({ max_rounds: wanted }: JsonObject): number {
  return typeof wanted === 'number' && wanted >= 0 ? Math.min(Math.floor(wanted), 50) : MOST_ROUNDS;
}
