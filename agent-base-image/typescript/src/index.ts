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
  Skill,
  TaskFunction,
  TaskOptions,
  TaskSpec,
} from './agent-host.ts';
export { BaseAgent, type SendOptions } from './base-agent.ts';
export type { Message, Metadata, Priority } from './message.ts';
export { SendError, type SendErrorCode } from './send-error.ts';
