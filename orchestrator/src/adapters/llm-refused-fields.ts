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
];
const OF_MESSAGE = ['role', 'content', 'tool_calls', 'name'];
const OF_CALL = ['id', 'type', 'function'];
const OF_FUNCTION = ['name', 'arguments'];

const REFUSAL =
  /\bnot? (be )?(support|permit|allow|recogni|accept|expect|known)|unsupported|unrecogni|unknown|unexpected|\bextra\b|only the default/i;

/**
 * @param words in which it was refused
 * @returns the body without them, and their names; null where nothing of it can be left out
 */
export function withoutRefused(body: Fields, words: string): { body: Fields; names: string[] } | null {
  if (!REFUSAL.test(words)) return null;
  const isNamed = (name: string) => new RegExp(`(?<![\\w-])${name.replaceAll(/\W/g, '.')}(?![\\w-])`).test(words);
  if (body.max_tokens !== undefined && isNamed('max_completion_tokens')) {
    const { max_tokens, ...rest } = body;
    return { body: { ...rest, max_completion_tokens: max_tokens }, names: ['max_tokens'] };
  }
  const messages = Array.isArray(body.messages) ? (body.messages as Fields[]) : [];
  const beside = new Set(messages.filter(({ role }) => role === 'assistant').flatMap(namesBeside));
  const names = [...SPARE.filter((name) => name in body), ...beside].filter(isNamed);
  if (names.length === 0) return null;
  const isKept = (name: string) => !names.includes(name);
  const lean = messages.map((message) => (message.role === 'assistant' ? leanMessage(message, isKept) : message));
  const fields = Object.entries(body).filter(([name]) => !SPARE.includes(name) || isKept(name));
  return { body: { ...Object.fromEntries(fields), messages: lean }, names };
}

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
