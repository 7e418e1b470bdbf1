/**
 * Tool calls, put together from the pieces of a stream. Providers disagree on what tells one call from the next: a place
 * (`index`), an id, a name, or only that the one before is complete. Pure.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ToolCall } from '../../../domain/llm/language-model.ts';
import { readJson } from '../../../domain/text/json-text.ts';
import type { ToolPart } from './answer-schema.ts';
import { boundedFields, type Fields, fieldsOf, mergeFields, type Room, takenFields } from './unknown-fields.ts';

const MOST_CALLS = 128;
const CALL_FIELDS = ['index', 'id', 'type', 'function'];
const FUNCTION_FIELDS = ['name', 'arguments'];

interface Heard {
  index: number | null;
  id: string;
  name: string;
  arguments: string;
  /** What else was said of the call, and of its function. */
  beside: Fields;
  within: Fields;
}

export interface Calls {
  /** @param isWhole it is no piece: a call of its own */
  hear(part: ToolPart, isWhole: boolean): void;
  /** Whether this one was said. */
  has(call: { name: string; arguments: string }): boolean;
  /** Those that have a name, each with an id of its own. */
  said(room: Room): ToolCall[];
  /** Characters of names and arguments. */
  size(): number;
}

export interface Conversation {
  /** Names of the tools that the model was offered. */
  tools: ReadonlySet<string>;
  /** Ids of calls in the rounds before. */
  ids: ReadonlySet<string>;
  /** Of this call to the provider: ids that are made are the same whenever it is answered again. */
  key: string;
}

export function createCalls(conversation: Conversation): Calls {
  const calls: Heard[] = [];
  let last: Heard | null = null;
  const begin = (part: ToolPart): Heard | null => {
    if (calls.length >= MOST_CALLS) return null;
    const made = { index: part.index ?? null, id: '', name: '', arguments: '', beside: fieldsOf(), within: fieldsOf() };
    calls.push(made);
    return made;
  };
  return {
    hear(part, isWhole) {
      const known = isWhole ? null : partner(calls, last, part);
      last = known && !beginsAnew(known, part, conversation.tools) ? known : begin(part);
      if (last) add(last, part, conversation.tools);
    },
    has: (call) => calls.some((one) => one.name === call.name && isSame(one.arguments, call.arguments)),
    said: (room) =>
      withIds(
        calls.filter(({ name }) => name !== ''),
        conversation,
        room,
      ),
    size: () => calls.reduce((sum, one) => sum + one.name.length + one.arguments.length, 0),
  };
}

/** The call that this piece may belong to: of the same id, at the same place, or the one that was spoken of last. */
function partner(calls: readonly Heard[], last: Heard | null, { index, id }: ToolPart): Heard | null {
  const atPlace = (one: Heard) => index == null || one.index === null || one.index === index;
  const ofId = id ? calls.findLast((one) => one.id === id && atPlace(one)) : undefined;
  if (ofId) return ofId;
  return index == null ? last : (calls.findLast((one) => one.index === index) ?? null);
}

/** A new id with a name, a new name, or anything behind what is complete already, begins a new call. */
function beginsAnew(known: Heard, { id, function: part }: ToolPart, tools: ReadonlySet<string>): boolean {
  const isOtherId = Boolean(id) && known.id !== '' && known.id !== id;
  const isComplete = isWhole(known.arguments);
  const name = part?.name ?? '';
  if (isOtherId && (name !== '' || isComplete)) return true;
  if (name === '' || known.name === '') return false;
  // It is said in each piece, and goes on as long as the arguments are not whole.
  if (name === known.name) return id !== known.id && isComplete && written(part?.arguments) !== '';
  return !isRestOfName(known, name, tools);
}

/** A few say a name in two pieces. */
function isRestOfName(known: Heard, rest: string, tools: ReadonlySet<string>): boolean {
  if (known.arguments !== '' || tools.has(known.name)) return false;
  return tools.has(known.name + rest) || (!tools.has(rest) && known.index !== null);
}

function add(call: Heard, part: ToolPart, tools: ReadonlySet<string>): void {
  if (part.id && call.id === '') call.id = part.id;
  const name = part.function?.name;
  const text = written(part.function?.arguments);
  if (name && name !== call.name && (call.name === '' || isRestOfName(call, name, tools))) call.name += name;
  // An empty object stands first where the real arguments have yet to come, and whole ones come again behind their pieces.
  const isAgain = isWhole(call.arguments) && text.startsWith('{');
  call.arguments = isAgain ? text : call.arguments + text;
  mergeFields(call.beside, takenFields(part, CALL_FIELDS));
  mergeFields(call.within, takenFields(part.function ?? {}, FUNCTION_FIELDS));
}

/** Most write a text, Ollama an object. */
function written(args: unknown): string {
  return typeof args === 'string' ? args : args == null ? '' : JSON.stringify(args);
}

const isSame = (one: string, other: string) => one === other || isDeepStrictEqual(readJson(one), readJson(other));

function isWhole(text: string): boolean {
  const end = text.trimEnd();
  return end.endsWith('}') && readJson(end) !== undefined;
}

function withIds(calls: readonly Heard[], { ids, key }: Conversation, room: Room): ToolCall[] {
  const taken = new Set(ids);
  return calls.map((call, n) => {
    const id = call.id !== '' && !taken.has(call.id) ? call.id : freeId(`${key} ${n}`, taken);
    taken.add(id);
    const own = { name: call.name, arguments: call.arguments.trim() === '' ? '{}' : call.arguments };
    return {
      ...boundedFields(call.beside, room),
      id,
      type: 'function',
      function: { ...boundedFields(call.within, room), ...own },
    };
  });
}

/** Nine letters and digits: Mistral takes no other, and everybody takes these. */
function freeId(seed: string, taken: ReadonlySet<string>): string {
  for (let n = 0; ; n += 1) {
    const digest = createHash('sha256').update(`${seed} ${n}`).digest('hex');
    const id = `c${digest.slice(0, 8)}`;
    if (!taken.has(id)) return id;
  }
}
