/** The port to language models, in the nouns of the chat protocol that nearly every provider speaks (OpenAI's). */

import type { AgentId } from '../agent.ts';
import { DEFAULT_GRANT, type Grant } from '../grants.ts';

/**
 * Which resolved addresses a call may be connected to: `owner` any, since the owner configured it for the system;
 * `granted` the internet and the house, since the owner named it for the agent; `public` the internet alone.
 */
export type Reach = 'owner' | 'granted' | 'public';

/** Where the calls of one agent go, and what is sent along with them. */
export interface ModelSettings {
  /** Usually ends in `/v1`. Without user, password, query and fragment. */
  baseUrl: string;
  reach: Reach;
  /** Names of models that may be asked for; null for any. */
  allowedModels: readonly string[] | null;
  apiKey: string | null;
  model: string | null;
  embeddingModel: string | null;
  /** Fields of the request that are the provider's business: `temperature`, `max_tokens`, `top_p` … */
  options: Readonly<Record<string, unknown>>;
  /** US dollars per million tokens; null where the provider says what a call has cost, or nobody does. */
  price: { input: number; output: number } | null;
}

/** What one agent's bundle says of it. */
export interface OwnModel {
  llm_config: Readonly<Record<string, unknown>>;
  /** From `llm_config.api_key` or its secrets; null where it has none. */
  api_key: string | null;
}

/** What the owner lets one agent do with language models. */
export type ModelGrant = Pick<Grant, 'modelAddresses' | 'models' | 'tokensPerDay' | 'costPerDay'>;

/** What may be done with it: by the manifest, and by the owner. */
export interface ModelRights {
  /** Its own network reaches the internet, so its model may be there. */
  egress: boolean;
  grant: ModelGrant;
}

/** What an agent has that asks for nothing and was given nothing. */
export const NO_MODEL_RIGHTS: ModelRights = { egress: false, grant: DEFAULT_GRANT };

/** What the services are told of an instance. */
export type InstanceModel = OwnModel & ModelRights;

/** What the services tell of the system's own model; its key stays with them. */
export interface SharedModel {
  provider: string | null;
  baseUrl: string | null;
  model: string | null;
}

/** Beside these fields stands what else the provider said of a call: it goes back to it as it came. */
export interface ToolCall {
  /** Its own among all calls of the conversation. */
  id: string;
  type: 'function';
  /** `arguments` is JSON as the model wrote it, which may be none; `{}` where it wrote nothing. */
  function: { name: string; arguments: string };
}

/** Messages and tools go to the provider as they are: pictures and whatever else a model may take included. */
export interface ChatRequest {
  messages: readonly Readonly<Record<string, unknown>>[];
  tools: readonly Readonly<Record<string, unknown>>[];
  /** More fields of the request; they win over the settings' own. */
  options: Readonly<Record<string, unknown>>;
  stream: boolean;
}

/** What an agent is answered (BUS.md, Answers of a model). */
export interface ChatResult {
  /** What is for people; never what the model only thought. */
  text: string;
  /** What it thought, as far as the provider shows it; for logs and the curious. */
  thinking: string;
  tool_calls: ToolCall[];
  /** Fields of the assistant's message that the next round gives back to the provider as they came. */
  extra: Readonly<Record<string, unknown>>;
  /** `stop`, `length`, `tool_calls`, `content_filter`, or what else a provider says. */
  finish_reason: string | null;
  /** One sentence where the answer is empty or not whole: why, and what to set. */
  notice: string | null;
  model: string;
  usage: Usage;
}

export interface EmbedResult {
  /** One vector for each text, in their order. */
  embeddings: number[][];
  model: string;
  usage: Usage;
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  /** US dollars. */
  cost: number;
}

export interface ModelCall {
  /** Who asks: what a provider refuses of one agent's words is known for no other. */
  agent?: AgentId;
  /** The same when the same is asked again: a provider that knows `Idempotency-Key` is paid once. */
  key: string;
  signal: AbortSignal;
  /** A piece of a streamed answer. */
  onText(text: string): void;
  /** A piece of what it thinks on the way. */
  onThinking?(text: string): void;
  /** The provider has begun to answer, so it is at work and wants to be paid, however it ends. */
  onAnswered?(): void;
  /** The stream broke: what came so far is void, and it comes anew. */
  onRestart(): void;
  /** It will be tried again. */
  onRetry(why: string, waitMs: number): void;
}

/**
 * Each method tries again what may pass by itself, a few times and not for long. Both throw: unauthorized (401),
 * refused (402, 403, a redirect, a packed answer, an address that `reach` does not cover), bad_request (400, 404, 422),
 * too_large (413, or an answer above its bound), rate_limited (429), timeout, cancelled, and unavailable (5xx, nobody
 * there, cut off in the middle). Their messages hold at most 300 characters of what the provider said.
 */
export interface LanguageModel {
  chat(settings: ModelSettings, request: ChatRequest, call: ModelCall): Promise<ChatResult>;
  embed(settings: ModelSettings, texts: readonly string[], call: ModelCall): Promise<EmbedResult>;
}

export const NO_USAGE: Usage = Object.freeze({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cost: 0 });
