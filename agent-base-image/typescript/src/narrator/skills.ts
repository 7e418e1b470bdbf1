/** Skills as a language model sees and uses them. Pure; `contract/narrator.json` holds both SDKs to it. */
import type { JsonObject, Profile } from '../agent-host.ts';
import { AS_TEXT, shortened, strayNumber } from '../json-numbers.ts';
import { DEEPEST, isDeeper, readJson, writeJson } from '../json-text.ts';
import type { LlmMessage, LlmToolCall } from '../llm.ts';
import { isFields } from '../message.ts';

/** What is known of one skill, by code or by manifest and persona. */
export interface Offer {
  readonly name: string;
  readonly description: string;
  readonly parameters?: JsonObject | undefined;
}

/** Longer names, and other signs, providers refuse together with the whole question. */
const LONGEST_NAME = 64;

/** By the name that the model is told of each skill, its own. */
export function toolNames(names: readonly string[]): Map<string, string> {
  const told = new Map<string, string>();
  const asTold = (name: string) =>
    name
      .normalize('NFD')
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[^a-zA-Z0-9_-]/gu, '_');
  const fits = (name: string) => asTold(name) === name && name.length <= LONGEST_NAME;
  for (const name of [...names.filter(fits), ...names.filter((name) => !fits(name))]) {
    const plain = asTold(name).slice(0, LONGEST_NAME);
    let free = plain;
    for (let n = 2; told.has(free); n += 1) free = `${plain.slice(0, LONGEST_NAME - 4)}_${n}`;
    told.set(free, name);
  }
  return told;
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
  const toldAs = new Map([...toolNames([...offers.keys()])].map(([told, own]) => [own, told]));
  return [...offers.values()].map(({ name: own, description, parameters }) => {
    const name = toldAs.get(own) ?? own;
    return {
      type: 'function',
      function: { name, description, parameters: parameters ?? { type: 'object', properties: {} } },
    };
  });
}

/** @returns the arguments, or a text that tells the model what was wrong with them */
export function argumentsOf({ function: { arguments: text } }: LlmToolCall): JsonObject | string {
  const value = text.trim() === '' ? {} : readJson(text);
  if (value === undefined) {
    if (isDeeper(text, DEEPEST)) return 'error: the arguments are nested too deeply';
    const stray = strayNumber(text);
    return stray === null ? 'error: the arguments are no JSON' : `error: ${shortened(stray)} ${AS_TEXT}`;
  }
  return isFields(value) ? value : 'error: the arguments must be a JSON object';
}

const LONGEST_RESULT = 16_000;

/** What a skill returned, as the model is told. */
export function resultText(result: unknown): string {
  const text = typeof result === 'string' ? result : writeJson(result ?? null, Number.POSITIVE_INFINITY, 'nearest');
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
