/**
 * What BaseAgent needs from the runtime around it. The runtime implements it over Redis; a test of an agent can
 * implement it with a few lines.
 */
import type { Message, Priority } from './message.ts';

/** An object of JSON: text, numbers, true, false, null, lists and objects. It is not to be changed. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The runtime, as BaseAgent sees it. A bundle meets it in its constructor alone, and hands it on to `super`. */
export interface AgentHost {
  /** The agent's id, for example `electra`. */
  readonly id: string;
  /** The number of this instance. */
  readonly instance: number;
  /** What manifest and persona say; replaced as a whole by a live update. */
  readonly profile: Profile;
  /** Its own secrets by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** One structured line each, without the values of secrets. */
  readonly log: Log;
  /** What the agent knows of itself. */
  readonly ctx: Context;
  /** Handlers of `expert.command` by command name. */
  readonly commands: Map<string, CommandHandler>;
  /** What the language model may use, by name. */
  readonly skills: Map<string, Skill>;
  /** @returns the id of the message, once Redis has acknowledged it; throws SendError */
  send(outgoing: Outgoing): Promise<string>;
  /** @returns the answer; throws SendError, `timeout` among others */
  ask(outgoing: Outgoing, timeoutSeconds: number): Promise<Message>;
  /** Asks a service, also in `setup()`. @returns the result; throws ServiceError */
  request(call: ServiceCall): Promise<unknown>;
  /** Throws Error if a task of that name is waiting or running. */
  spawnTask(task: TaskSpec): void;
  /** Ends this instance in order. */
  stop(): void;
}

/** The soft part of a version: it may change without a restart. */
export interface Profile {
  /** As people call it, for example `Horloge`. */
  readonly name: string;
  /** For example `timekeeper`. */
  readonly role: string | null;
  /** One sentence for people. */
  readonly description: string | null;
  /** `config` of the manifest. */
  readonly config: JsonObject;
  /** persona.yaml as it is; null where there is none. */
  readonly persona: JsonObject | null;
  /** `{provider, model, temperature, max_tokens, …}`; empty for the system's. */
  readonly llm_config: JsonObject;
  /** What the manifest and the persona list; `parameters` is a JSON Schema. */
  readonly skills: readonly { name: string; description: string; parameters?: JsonObject }[];
  readonly [key: string]: unknown;
}

/** One message to send, without what the runtime adds: id, time, sender, and what of its cause it carries. */
export interface Outgoing {
  /** An agent id, `user`, or `broadcast`. */
  readonly target: string;
  /** For example `narrative.text` or `expert.command`; unknown types are delivered too. */
  readonly type: string;
  /** Any object; the whole message has at most 1 MiB as JSON. */
  readonly payload: JsonObject;
  /** The id of the message that this one answers. */
  readonly correlationId?: string;
  /** `normal` unless it is given. */
  readonly priority?: Priority;
  /** Where it is said, for example `kitchen`. */
  readonly room?: string | null;
}

/** What is asked of a service; `BaseAgent.memory` and the like make it. */
export interface ServiceCall {
  /** `memory`, `llm` or `registry`. */
  readonly service: string;
  /** The name of the operation, for example `remember`. */
  readonly op: string;
  /** Its arguments: JSON. */
  readonly args: JsonObject;
  /** Seconds, 60 by default, at most 600; until then it is asked again and again. */
  readonly timeout?: number;
  /** Aborting it gives the request up, at the service too. */
  readonly signal?: AbortSignal;
  /** Called for each piece of a streamed answer, in order. */
  readonly onChunk?: (data: unknown) => void;
  /** The service was killed in the middle: what came so far is void, and it comes anew. */
  readonly onRestart?: () => void;
}

/** One JSON line on stdout each, with time, level, agent and instance; `./hairem logs` shows them. Never throws. */
export interface Log {
  /** Kept by nobody: for a debugger. */
  debug(text: string, fields?: JsonObject): void;
  /** `fields` are added to the line; one of them that is an Error shows with its stack. */
  info(text: string, fields?: JsonObject): void;
  /** As `info`, for what somebody should look at. */
  warn(text: string, fields?: JsonObject): void;
  /** As `info`, for what failed: `log.error('no lamp', { error })`. */
  error(text: string, fields?: JsonObject): void;
}

/** One thing that was said. */
export interface HistoryEntry {
  /** Of the message. */
  readonly id: string;
  /** As language models use it: the agent itself is the `assistant`, everybody else a `user`. */
  readonly role: 'user' | 'assistant' | 'system';
  /** At most 16,384 characters; a longer one is cut and ends in `…`. */
  readonly text: string;
  /** `user` or an agent id. */
  readonly who: string;
  /** RFC 3339. */
  readonly when: string;
}

/** What the agent knows of itself. It is the agent's own: no other sees it, and it goes when the agent goes. */
export interface Context {
  /**
   * What was said to the agent and by it, oldest first, at most 50 entries and 128 KiB: narrative and user messages
   * as they are handled, and its own as they are sent; notes and whispers for it alone have the role `system`.
   */
  readonly history: readonly HistoryEntry[];
  /** Adds an entry that no message made; `who` is this agent unless it is given. */
  remember(entry: Pick<HistoryEntry, 'role' | 'text'> & Partial<Pick<HistoryEntry, 'who'>>): void;
  /**
   * For the agent's own use: JSON values, at most 128 KiB in all. `set` throws TypeError for what is no JSON, with the
   * place in it, and RangeError for what would be too large.
   */
  readonly state: Map<string, unknown>;
  /** Who spoke last as the user: `payload.user` of the newest `user_message`, else its sender; null before the first. */
  readonly user: string | null;
}

/** @returns the `result` of the response (any JSON value); what it throws becomes `status: error`. */
export type CommandHandler = (args: JsonObject, message: Message) => unknown;

/** One thing that a language model may use the agent for. */
export interface Skill {
  /** For example `set_timer`. */
  readonly name: string;
  /** For the language model: when to use it, and what it does. */
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters?: JsonObject;
  /** @returns what the language model is told (any JSON value); what it throws is told, too */
  readonly handler: (args: JsonObject) => unknown;
}

/** Ends when its work is done or soon after `signal` aborts. */
export type TaskFunction = (signal: AbortSignal) => Promise<void> | void;

/** What `spawnTask` may be told beside the task. */
export interface TaskOptions {
  /** `on-failure`: after a crash it is started again, after 1 s, 2 s, 4 s … at most 60 s. Default `never`. */
  readonly restart?: 'never' | 'on-failure';
}

/** A task as the nursery keeps it. */
export interface TaskSpec extends TaskOptions {
  /** Of its own among the tasks that are waiting or running; shown in the registry. */
  readonly name: string;
  /** Called when the instance becomes ACTIVE, and again when it is again. */
  readonly run: TaskFunction;
}
