/** What is sent to a provider: an agent's messages and tools, without what strict ones refuse and others never miss. Pure. */
import type { ChatRequest, ModelSettings } from '../../../domain/llm/language-model.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The body of a request for an answer. */
export function chatBody(
  { options: own }: ModelSettings,
  { messages, tools, options, stream }: ChatRequest,
  model: string,
): Fields {
  const given = { ...own, ...options };
  const fields = tools.length > 0 ? { ...given, tools } : withoutTools(given);
  const way = stream ? { stream: true, stream_options: { include_usage: true } } : {};
  return { ...fields, model, messages: plainMessages(messages), ...way };
}

/** OpenAI refuses a choice among no tools. */
function withoutTools(given: Fields): Fields {
  const { tool_choice: _, parallel_tool_calls: __, ...fields } = given;
  return fields;
}

/** One of the assistant that says nothing is refused by some, and tells the others nothing. */
function plainMessages(messages: readonly Fields[]): Fields[] {
  const plain = messages.map(plainMessage);
  const said = plain.filter(
    (message) => message.role !== 'assistant' || 'tool_calls' in message || !isEmpty(message.content),
  );
  return said.length > 0 ? said : plain;
}

function plainMessage(message: Fields): Fields {
  if (message.role !== 'assistant') return message;
  const { tool_calls: calls, ...rest } = message;
  if (!Array.isArray(calls) || calls.length === 0) return rest;
  return { ...message, content: isEmpty(message.content) ? null : message.content };
}

const isEmpty = (content: unknown) =>
  content == null ||
  (typeof content === 'string' && content.trim() === '') ||
  (Array.isArray(content) && content.length === 0);

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Ids of calls that the conversation has already. */
export function callIds(messages: readonly Fields[]): Set<string> {
  const calls = messages.flatMap(({ tool_calls: calls }) => (Array.isArray(calls) ? calls : []));
  return new Set(calls.map((call) => call?.id).filter((id) => typeof id === 'string'));
}

/** Names of the tools that are offered. */
export function toolNames(tools: readonly Fields[]): Set<string> {
  const names = tools.map(({ function: own }) => (isFields(own) ? own.name : undefined));
  return new Set(names.filter((name) => typeof name === 'string'));
}
