/**
 * The answers of a provider as we take them: what we use, in the shapes that the protocol gives it, each with a bound.
 * Whatever else a server says goes nowhere, so that no page of another one passes for the answer of a model.
 */
import * as z from 'zod';
import { HairemError } from '../domain/errors.ts';

const MOST_TOOLS = 128;
const MOST_NUMBERS = 16_384;

const name = z.string().max(200).nullish().catch(null);
const reason = z.string().max(64).nullish().catch(null);
/** As it is counted in `llm-provider.ts`; what is no number counts for nothing. */
const count = z.number().optional().catch(undefined);
const usage = z
  .object({ prompt_tokens: count, completion_tokens: count, total_tokens: count, cost: count })
  .nullish()
  .catch(null);
export type SaidUsage = z.infer<typeof usage>;

const toolName = z.string().max(256);
const tool = z.object({
  id: z.string().max(256),
  type: z.literal('function').catch('function'),
  function: z.object({ name: toolName, arguments: z.string() }),
});

/** Some give their thoughts and their text as parts. */
const parts = z
  .array(z.object({ text: z.string().catch('') }))
  .transform((list) => list.map(({ text }) => text).join(''));
const content = z.union([z.string(), parts]).nullish();

const completion = z.object({
  model: name,
  choices: z
    .array(
      z.object({
        finish_reason: reason,
        message: z.object({ content, tool_calls: z.array(tool).max(MOST_TOOLS).nullish() }),
      }),
    )
    .min(1),
  usage,
});

const toolPart = z.object({
  // It is a place in an array of ours.
  index: z
    .int()
    .min(0)
    .max(MOST_TOOLS - 1)
    .nullish(),
  id: z.string().max(256).nullish(),
  function: z.object({ name: toolName.nullish(), arguments: z.string().nullish() }).nullish(),
});
export type ToolPart = z.infer<typeof toolPart>;

const piece = z.object({
  model: name,
  choices: z
    .array(
      z.object({
        finish_reason: reason,
        delta: z.object({ content, tool_calls: z.array(toolPart).max(MOST_TOOLS).nullish() }).nullish(),
      }),
    )
    .nullish(),
  usage,
});
export type Piece = z.infer<typeof piece>;

const isVector = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= MOST_NUMBERS && value.every((one) => typeof one === 'number');
const vectors = z.object({
  model: name,
  data: z.array(z.object({ index: z.int().catch(0), embedding: z.custom<number[]>(isVector) })).max(256),
  usage,
});

/** Each throws HairemError unavailable, which names the host alone. */
export const completionIn = (said: unknown, at: string) => taken(completion, said, at);
export const pieceIn = (said: unknown, at: string) => taken(piece, said, at);
export const vectorsIn = (said: unknown, at: string) => taken(vectors, said, at);

function taken<T>(schema: z.ZodType<T>, said: unknown, at: string): T {
  const parsed = schema.safeParse(said);
  if (parsed.success) return parsed.data;
  throw new HairemError('unavailable', `${at} said nothing that is the answer of a language model`);
}
