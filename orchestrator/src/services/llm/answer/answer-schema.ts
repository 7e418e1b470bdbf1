/**
 * The answers of a provider as we take them: what we use, in the shapes that providers give it, each with a bound. Fields
 * that nobody here knows are taken from a message and its tool calls alone, to go back to the same provider
 * (`unknown-fields.ts`); so no page of another server passes for the answer of a model.
 */
import * as z from 'zod';
import { HairemError } from '../../../domain/errors/errors.ts';

const MOST_TOOLS = 128;
const MOST_NUMBERS = 16_384;

const name = z.string().max(200).nullish().catch(null);
const reason = z.string().max(64).nullish().catch(null);

const calledFunction = z.looseObject({ name: z.string().max(256).nullish(), arguments: z.unknown().optional() });
/** Signatures are written into it by some, which makes it long. */
const id = z
  .union([z.string().max(16_384), z.int().transform(String)])
  .nullish()
  .catch(null);
/** Some say it as a text. */
const index = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,3}$/)
      .transform(Number),
  ])
  .pipe(
    z
      .int()
      .min(0)
      .max(MOST_TOOLS - 1),
  );
const toolPart = z.looseObject({
  index: index.nullish(),
  id,
  type: z.unknown().optional(),
  function: calledFunction.nullish().catch(null),
});
export type ToolPart = z.infer<typeof toolPart>;

/** One alone is said without a list by some. */
const toolParts = z.union([z.array(toolPart).max(MOST_TOOLS), toolPart.transform((one) => [one])]);

const said = z.looseObject({
  content: z.unknown().optional(),
  refusal: z.string().nullish().catch(null),
  tool_calls: toolParts.nullish(),
  /** As it was called before there were several. */
  function_call: calledFunction.nullish().catch(null),
});
export type Message = z.infer<typeof said>;

const choice = z.object({
  index: z.unknown().optional(),
  finish_reason: reason,
  delta: said.nullish(),
  message: said.nullish(),
});
export type Choice = z.infer<typeof choice>;

const answer = z.object({
  model: name,
  choices: z.array(choice).max(MOST_TOOLS).nullish(),
  usage: z.unknown().optional(),
  /** Groq's place for it in a stream. */
  x_groq: z.object({ usage: z.unknown().optional() }).nullish().catch(null),
});
export type Answer = z.infer<typeof answer>;

const isVector = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= MOST_NUMBERS && value.every((one) => typeof one === 'number');
const vectors = z.object({
  model: name,
  data: z.array(z.object({ index: z.int().catch(0), embedding: z.custom<number[]>(isVector) })).max(256),
  usage: z.unknown().optional(),
});

/** Each throws HairemError unavailable, which names the host alone. */
export const answerIn = (value: unknown, at: string) => taken(answer, value, at);
export const vectorsIn = (value: unknown, at: string) => taken(vectors, value, at);

function taken<T>(schema: z.ZodType<T>, value: unknown, at: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw noAnswer(at);
}

export const noAnswer = (at: string) =>
  new HairemError('unavailable', `${at} said nothing that is the answer of a language model`);
