/** Skills as a language model sees and uses them. Pure; `contract/narrator.json` holds both SDKs to it. */
import type { JsonObject, Profile } from '../agent-host.ts';
import { DEEPEST, isDeeper, mustBeKept, readAsWritten, writeJson } from '../json-text.ts';
import type { LlmAnswer, LlmMessage, LlmToolCall } from '../llm.ts';
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

/** By name: what its code has made, and what manifest or persona list; what these say of one wins. */
export function offersOf(made: Iterable<Offer>, stated: Profile['skills']): Map<string, Offer> {
  const offers = new Map<string, Offer>();
  for (const { name, description, parameters } of [...made, ...stated]) {
    const before = offers.get(name);
    offers.set(name, {
      name,
      description: description || before?.description || '',
      parameters: parameters ?? before?.parameters,
    });
  }
  return offers;
}

/** As the model is told of them. */
export function toolsOf(offers: ReadonlyMap<string, Offer>): JsonObject[] {
  const toldAs = new Map([...toolNames([...offers.keys()])].map(([told, own]) => [own, told]));
  return [...offers.values()].map(({ name: own, description, parameters }) => {
    const name = toldAs.get(own) ?? own;
    return {
      type: 'function',
      function: { name, description, parameters: parameters ?? { type: 'object', properties: {} } },
    };
  });
}

const MEND = 'call it again with one JSON object, such as {"name": "value"}';

/** @returns the arguments, or a text that tells the model what was wrong with them */
export function argumentsOf(given: unknown): JsonObject | string {
  if (isFields(given)) return given; // some providers write no text
  if (given !== null && given !== undefined && typeof given !== 'string')
    return `error: the arguments are no text: ${MEND}`;
  const text = given?.trim() ?? '';
  const value = text === '' ? {} : readAsWritten(text);
  if (isFields(value)) return value;
  if (value !== undefined) return `error: the arguments must be a JSON object: ${MEND}`;
  return `error: the arguments are ${isDeeper(text, DEEPEST) ? 'nested too deeply' : 'no JSON'}: ${MEND}`;
}

const LONGEST_RESULT = 16_000;

/** What a skill returned, as the model is told. Throws TypeError for what is no JSON. */
export function resultText(result: unknown): string {
  mustBeKept(result);
  const text = typeof result === 'string' ? result : writeJson(result ?? null, DEEPEST, 'nearest');
  return text.length > LONGEST_RESULT ? `${text.slice(0, LONGEST_RESULT)}…` : text;
}

/**
 * Each with an id of its own among those of all rounds: results name their calls by it.
 * @param taken those of the rounds before; the new ones are added
 */
export function withOwnIds(calls: readonly LlmToolCall[], taken: Set<string>): LlmToolCall[] {
  return calls.map((call) => {
    let { id } = call;
    for (let n = taken.size + 1; typeof id !== 'string' || id === '' || taken.has(id); n += 1) id = `call_${n}`;
    taken.add(id);
    return id === call.id ? call : { ...call, id };
  });
}

/** What the model said, as it came, and what came of it, as the next round begins with them (BUS.md, Answers of a model). */
export function roundMessages(
  { text, extra, tool_calls }: Pick<LlmAnswer, 'text' | 'extra' | 'tool_calls'>,
  results: readonly string[],
): LlmMessage[] {
  const answers = tool_calls.map(({ id }, index) => ({
    role: 'tool' as const,
    tool_call_id: id,
    content: results[index] ?? '',
  }));
  return [{ role: 'assistant', content: text === '' ? null : text, tool_calls, ...extra }, ...answers];
}

const MOST_ROUNDS = 6;

/** How often it may use skills before it must answer: `llm_config.max_rounds`. */
export function roundsOf({ max_rounds: wanted }: JsonObject): number {
  return typeof wanted === 'number' && wanted >= 0 ? Math.min(Math.floor(wanted), 50) : MOST_ROUNDS;
}

/** Why an answer says nothing, where the provider has said no reason. */
export function silence({ tool_calls, finish_reason, model }: LlmAnswer, rounds: number): string {
  if (tool_calls.length > 0) {
    return `after ${rounds} rounds of using its skills it wanted more. \`llm_config.max_rounds\` allows it others, up to 50.`;
  }
  const ended = finish_reason === null ? '' : ` and ended with \`${finish_reason}\``;
  return `the model ${model} said nothing${ended}. Ask again, or choose another model.`;
}
