/** A streamed answer of a language model, put together from its pieces. Pure. */
import type { ToolCall } from '../domain/language-model.ts';
import type { Piece, SaidUsage, ToolPart } from './llm-answers.ts';

export interface Spoken {
  text: string;
  /** By their place in the answer: the pieces of several come mixed. */
  tools: ToolCall[];
  finishReason: string | null;
  model: string;
  /** As the provider said it, at the end; null where it says none. */
  usage: SaidUsage;
}

export const nothingSpoken = (model: string): Spoken => ({
  text: '',
  tools: [],
  finishReason: null,
  model,
  usage: null,
});

/** About how much of memory, and of a message, it takes. */
export function sizeOf({ text, tools }: Spoken): number {
  return tools.reduce((sum, one) => sum + one.function.name.length + one.function.arguments.length, text.length);
}

/** @returns the text that came with this piece; `spoken` holds the whole */
export function hearPiece(spoken: Spoken, piece: Piece): string {
  const choice = piece.choices?.[0];
  if (piece.model) spoken.model = piece.model;
  if (piece.usage) spoken.usage = piece.usage;
  if (!choice) return '';
  spoken.finishReason = choice.finish_reason ?? spoken.finishReason;
  for (const part of choice.delta?.tool_calls ?? []) hearTool(spoken.tools, part);
  const text = choice.delta?.content ?? '';
  spoken.text += text;
  return text;
}

function hearTool(tools: ToolCall[], { index: place, id, function: part }: ToolPart): void {
  const index = place ?? 0;
  const known = tools[index];
  if (!known) {
    const made = { name: part?.name ?? '', arguments: part?.arguments ?? '' };
    tools[index] = { id: id || `call_${index}`, type: 'function', function: made };
    return;
  }
  if (id) known.id = id;
  // Some repeat the name in each piece, most say it once, and a few say it in two.
  if (part?.name && !known.function.name.endsWith(part.name)) known.function.name += part.name;
  known.function.arguments += part?.arguments ?? '';
}
