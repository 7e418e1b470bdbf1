/**
 * The class that logic.ts and logic.js extend (BUNDLE.md, BaseAgent). It holds no connection: everything goes
 * through the host that the runtime hands to its constructor.
 */
import type {
  AgentHost,
  CommandHandler,
  Context,
  JsonObject,
  Log,
  Outgoing,
  Profile,
  Skill,
  TaskFunction,
  TaskOptions,
} from './agent-host.ts';
import { Llm } from './llm.ts';
import { Memory } from './memory.ts';
import type { Message } from './message.ts';
import { Narrator } from './narrator/narrator.ts';
import { Registry } from './registry.ts';

/** What `send` and `ask` may add to a message. */
export type SendOptions = Pick<Outgoing, 'correlationId' | 'priority' | 'room'>;

const ASK_SECONDS = 30;

/**
 * What an agent is when its bundle says nothing else; a bundle's `class Agent` extends it. Every hook may be async,
 * and is called by the runtime alone. `this` is one instance: while an update hands over, another one runs beside it.
 */
export class BaseAgent {
  readonly #host: AgentHost;
  #llm: Llm | null = null;
  #narrator: Narrator | null = null;
  #memory: Memory | null = null;
  #registry: Registry | null = null;

  /** A subclass with a constructor of its own hands the argument on: `constructor(host) { super(host) }`. */
  constructor(host: AgentHost) {
    if (!host?.commands) throw new TypeError('the constructor of Agent must hand its argument on: super(host)');
    this.#host = host;
  }

  /**
   * Once per instance, before it is ready: register commands, skills and tasks. Nothing may be sent to agents yet. It
   * has `update.ready_seconds` of the manifest, 60 by default. Throwing rejects the update.
   */
  setup(): Promise<void> | void {}

  /** Part of the verification of an update: throwing rejects it. */
  selfTest(): Promise<void> | void {}

  /** Once, after the tasks have ended, also after a failed `setup()`. Has 5 seconds. */
  teardown(): Promise<void> | void {}

  /** After a live update: `config` and `persona` are new. Throwing keeps the old ones; a restart follows. */
  onConfig(): Promise<void> | void {}

  /**
   * Each accepted message that is not a registered command. One at a time per sender, senders in parallel. It has ten
   * minutes. What it throws is logged and never ends the agent.
   *
   * BaseAgent answers what is said to it, and what is said to all and names it, through the language model: as its
   * persona, with its history and its skills.
   * @param message with `metadata.redelivered` where an instance died with it, so that it may have been handled before
   */
  onMessage(message: Message): Promise<void> | void {
    if (message.type === 'expert.command') return this.#answerUnknownCommand(message);
    return this.#narrate(message);
  }

  /**
   * What is said to who asked, where no language model is configured.
   * @param why what to set
   */
  withoutModel(_message: Message, why: string): Promise<string> | string {
    const commands = [...this.#host.commands.keys()].join(', ');
    return `${this.profile.name} cannot answer: ${why}.${commands && ` It understands the commands ${commands}.`}`;
  }

  /**
   * Answers `expert.command` messages of this name, before `onMessage` is asked.
   * @param handler gets `args` of the message, `{}` where there are none, and the message. What it returns (any JSON
   *   value) is the `result` of the response, what it throws makes it `status: error`: write it for whoever asked
   */
  onCommand(name: string, handler: CommandHandler): void {
    this.#host.commands.set(name, handler);
  }

  /**
   * Offered to the language model as a tool.
   * @param about `description` says when to use it; `parameters` is a JSON Schema of its arguments
   */
  skill(name: string, about: Pick<Skill, 'description' | 'parameters'>, handler: Skill['handler']): void {
    this.#host.skills.set(name, { name, ...about, handler });
  }

  /**
   * Runs `run` while this instance is ACTIVE, and again when it is ACTIVE again. It is cancelled by its signal when the
   * instance goes, and has 5 seconds to end. A failure shows in the registry with its stack.
   * @param name 1 to 64 characters that can be printed
   * @param options `restart: 'on-failure'` starts it again after it failed, after 1 s, 2 s, 4 s … at most 60 s
   * Throws TypeError for a name that is none, Error if a task of that name is not over, and for the hundred and first.
   */
  spawnTask(name: string, run: TaskFunction, options: TaskOptions = {}): void {
    this.#host.spawnTask({ name, run, ...options });
  }

  /**
   * Sends to an agent id, to `user`, or to `broadcast`.
   * @param type for example `narrative.text`
   * @param payload any object; the whole message has at most 1 MiB as JSON
   * @returns the id of the message, once Redis has acknowledged it; throws SendError
   */
  send(target: string, type: string, payload: JsonObject, options: SendOptions = {}): Promise<string> {
    return this.#host.send({ ...options, target, type, payload });
  }

  /** Answers one message: `expert.response` to a command, `narrative.text` to the rest. Throws SendError. */
  reply(message: Message, payload: JsonObject): Promise<string> {
    const type = message.type === 'expert.command' ? 'expert.response' : 'narrative.text';
    return this.send(message.sender.agent_id, type, payload, { correlationId: message.id });
  }

  /** Says something to the user. Throws SendError. */
  say(text: string): Promise<string> {
    return this.send('user', 'narrative.text', { content: text, format: 'text' });
  }

  /**
   * Sends and waits for the answer.
   * @param timeout seconds, 30 by default
   * @returns the answer; throws SendError, `timeout` if none came
   */
  ask(
    target: string,
    type: string,
    payload: JsonObject,
    { timeout = ASK_SECONDS, ...options }: SendOptions & { timeout?: number } = {},
  ): Promise<Message> {
    return this.#host.ask({ ...options, target, type, payload }, timeout);
  }

  /** Ends this instance in order: tasks are cancelled, messages finished, `teardown()`, exit. */
  stop(): void {
    this.#host.stop();
  }

  /** For example `horloge`: its address on the bus. */
  get id(): string {
    return this.#host.id;
  }

  /** Name, role, description and the rest of what manifest and persona say. A live update replaces it. */
  get profile(): Profile {
    return this.#host.profile;
  }

  /** `config` of the manifest; `{}` where there is none. A live update replaces it. */
  get config(): JsonObject {
    return this.#host.profile.config;
  }

  /** persona.yaml as it is; null where there is none. A live update replaces it. */
  get persona(): JsonObject | null {
    return this.#host.profile.persona;
  }

  /** Its own secrets by name; they are in the environment too, as `HA_TOKEN` and `ELECTRA_HA_TOKEN` for `electra`. */
  get secrets(): Readonly<Record<string, string>> {
    return this.#host.secrets;
  }

  /** One JSON line on stdout each, without the values of secrets. */
  get log(): Log {
    return this.#host.log;
  }

  /** What was said, a state of its own, and who the user is. */
  get ctx(): Context {
    return this.#host.ctx;
  }

  /** The language model, which is said in `llm_config`, else the system's. */
  get llm(): Llm {
    this.#llm ??= new Llm(this.#host);
    return this.#llm;
  }

  /** What the agent remembers for good, its own alone. */
  get memory(): Memory {
    this.#memory ??= new Memory(this.#host);
    return this.#memory;
  }

  /** The crew, as the orchestrator knows it. */
  get registry(): Registry {
    this.#registry ??= new Registry(this.#host);
    return this.#registry;
  }

  async #answerUnknownCommand(message: Message): Promise<void> {
    const known = [...this.#host.commands.keys()].join(', ') || 'none';
    const error = `no such command: ${String(message.payload.command)} (known: ${known})`;
    await this.reply(message, { status: 'error', result: null, error });
  }

  #narrate(message: Message): Promise<void> {
    this.#narrator ??= new Narrator({
      host: this.#host,
      llm: this.llm,
      persona: () => this.persona,
      method: (name) => this.#method(name),
      withoutModel: async (asked, why) => this.withoutModel(asked, why),
    });
    return this.#narrator.hear(message);
  }

  /** A skill that manifest or persona list may be a method of the bundle's Agent: `who_can` is `whoCan`, too. */
  #method(name: string): ((args: JsonObject) => unknown) | null {
    const camel = name.replaceAll(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
    for (let own = Object.getPrototypeOf(this); own && own !== BaseAgent.prototype; own = Object.getPrototypeOf(own)) {
      for (const key of [name, camel]) {
        const method: unknown = Object.hasOwn(own, key) ? Reflect.get(own, key, this) : null;
        if (typeof method === 'function' && !(key in BaseAgent.prototype)) return (args) => method.call(this, args);
      }
    }
    return null;
  }
}
