/**
 * A field that a provider refuses by its name is left out, and the same is asked once more: nothing was paid. What one
 * provider wants back another does not know, and new models do not take what old ones took. Pure.
 */
type Fields = Readonly<Record<string, unknown>>;

/** Without them the question is the same. */
const SPARE = [
  'stream_options',
  'parallel_tool_calls',
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'encoding_format',
];
const OF_MESSAGE = ['role', 'content', 'tool_calls', 'name'];
const OF_CALL = ['id', 'type', 'function'];
const OF_FUNCTION = ['name', 'arguments'];

const REFUSAL =
  /\bnot? (be )?(support|permit|allow|recogni|accept|expect|known)|unsupported|unrecogni|unknown|unexpected|\bextra\b|only the default/i;

/** @returns the names of fields that the words refuse and that can be left out; none where nothing can */
export function refusedIn(body: Fields, words: string): string[] {
  if (!REFUSAL.test(words)) return [];
  const isNamed = (name: string) => new RegExp(`(?<![\\w-])${name.replaceAll(/\W/g, '.')}(?![\\w-])`).test(words);
  if (body.max_tokens !== undefined && isNamed('max_completion_tokens')) return ['max_tokens'];
  const beside = new Set(messagesOf(body).flatMap((message) => (isAnswer(message) ? namesBeside(message) : [])));
  return [...SPARE.filter((name) => name in body), ...beside].filter(isNamed);
}

/** @param names of which `max_tokens` goes out by its newer name, and all else not */
export function withoutFields(body: Fields, names: readonly string[]): Fields {
  if (names.length === 0) return body;
  const isKept = (name: string) => !names.includes(name);
  const { max_tokens, ...rest } = body;
  const renamed =
    max_tokens !== undefined && !isKept('max_tokens') ? { ...rest, max_completion_tokens: max_tokens } : body;
  const fields = Object.fromEntries(Object.entries(renamed).filter(([name]) => !SPARE.includes(name) || isKept(name)));
  const lean = messagesOf(body).map((message) => (isAnswer(message) ? leanMessage(message, isKept) : message));
  return Array.isArray(body.messages) ? { ...fields, messages: lean } : fields;
}

const messagesOf = ({ messages }: Fields) => (Array.isArray(messages) ? (messages as Fields[]) : []);
const isAnswer = ({ role }: Fields) => role === 'assistant';

function namesBeside(message: Fields): string[] {
  const calls = callsOf(message);
  const functions = calls.map((call) => (call.function ?? {}) as Fields);
  const others = (fields: Fields, known: readonly string[]) =>
    Object.keys(fields).filter((name) => !known.includes(name));
  return [
    ...others(message, OF_MESSAGE),
    ...calls.flatMap((call) => others(call, OF_CALL)),
    ...functions.flatMap((one) => others(one, OF_FUNCTION)),
  ];
}

function leanMessage(message: Fields, isKept: (name: string) => boolean): Fields {
  const lean = (fields: Fields, known: readonly string[]) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => known.includes(name) || isKept(name)));
  const calls = callsOf(message).map((call) => ({
    ...lean(call, OF_CALL),
    function: lean((call.function ?? {}) as Fields, OF_FUNCTION),
  }));
  return { ...lean(message, OF_MESSAGE), ...(calls.length > 0 ? { tool_calls: calls } : {}) };
}

const callsOf = ({ tool_calls: calls }: Fields) => (Array.isArray(calls) ? (calls as Fields[]) : []);
