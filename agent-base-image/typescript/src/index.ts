/** The public surface of @hairem/agent: what a bundle's logic.ts or logic.js may import. */
export type {
  AgentHost,
  CommandHandler,
  Context,
  HistoryEntry,
  JsonObject,
  Log,
  Outgoing,
  Profile,
  ServiceCall,
  Skill,
  TaskFunction,
  TaskOptions,
  TaskSpec,
} from './agent-host.ts';
export { BaseAgent, type SendOptions } from './base-agent.ts';
export type { Llm, LlmAnswer, LlmMessage, LlmOptions, LlmPiece, LlmToolCall } from './llm.ts';
export type { Memory, Recalled, RecallOptions, Remembered, RememberOptions } from './memory.ts';
export type { Message, Metadata, Priority } from './message.ts';
export type { AgentRecord, Registry } from './registry.ts';
export { SendError, type SendErrorCode } from './send-error.ts';
export { ServiceError } from './service-error.ts';
