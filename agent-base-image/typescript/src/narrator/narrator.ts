/**
 * What BaseAgent does with what people and agents say to it, when its bundle does nothing of its own: it answers as its
 * persona, through the language model, with its skills.
 *
 *   asked? ──► prompt ──► model ──► wants skills? ── no ──► narrative.text to who asked
 *                           ▲            │ yes, and rounds are left
 *                           └── results ─┘          pieces on the way: narrative.chunk, to the user
 */
import type { AgentHost, JsonObject } from '../agent-host.ts';
import type { Llm, LlmAnswer, LlmMessage, LlmToolCall } from '../llm.ts';
import type { Message } from '../message.ts';
import { SendError } from '../send-error.ts';
import { ServiceError } from '../service-error.ts';
import { systemWords } from '../system-words.ts';
import { reasonOf } from '../thrown.ts';
import { isAsked } from './attention.ts';
import { ownZone } from './local-time.ts';
import { readParameters } from './parameters.ts';
import { promptFor } from './prompt.ts';
import {
  argumentsOf,
  type Offer,
  offersOf,
  resultText,
  roundMessages,
  roundsOf,
  silence,
  toolNames,
  toolsOf,
  withOwnIds,
} from './skills.ts';
import { createSpeech, type Speech } from './speech.ts';
import { themeOf } from './theme.ts';

export interface NarratorOptions {
  readonly host: AgentHost;
  readonly llm: Llm;
  persona(): JsonObject | null;
  /** The method of this name that the bundle's Agent has, to be called as a skill; null where it has none. */
  method(name: string): ((args: JsonObject) => unknown) | null;
  /** What to say where none is configured. */
  withoutModel(message: Message, why: string): Promise<string>;
}

interface Round {
  tools: readonly JsonObject[];
  /** False: it must answer now. */
  mayUse: boolean;
  speech: Speech | null;
  /** In the rounds before. */
  said: string;
}

/** What came of all rounds. */
interface Thought {
  /** Empty where it said nothing. */
  text: string;
  /** Why that is not the whole answer; null where it is. */
  notice: string | null;
}

/** Between what it says in two rounds. */
const BREAK = '\n\n';

/** In `ctx.state`: what `world.theme_changed` said last. */
const THEME = 'hairem.theme';

export class Narrator {
  readonly #options: NarratorOptions;
  #toldOfNoModel = false;

  constructor(options: NarratorOptions) {
    this.#options = options;
  }

  async hear(message: Message): Promise<void> {
    const { host } = this.#options;
    if (message.type === 'world.theme_changed') this.#hearOfTheme(message);
    else if (isAsked(message, { id: host.id, name: host.profile.name })) await this.#answer(message);
  }

  #hearOfTheme({ payload }: Message): void {
    const theme = themeOf(payload);
    if (theme !== null) this.#options.host.ctx.state.set(THEME, theme);
  }

  async #answer(message: Message): Promise<void> {
    await this.#speaking(message, true);
    try {
      const { text, notice } = await this.#think(message);
      const noted = notice === null ? {} : { notice: sentence(notice) };
      if (text !== '') await this.#reply(message, { content: text, format: 'text', ...noted });
      if (notice !== null) await this.#notice(message, { text, notice });
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code === 'cancelled') throw error;
      this.#options.host.log[this.#levelOf(error)]('no answer from the language model', { code: error.code, error });
      await this.#reply(message, systemWords(await this.#excuse(message, error)));
    } finally {
      await this.#speaking(message, false);
    }
  }

  /** Why there is no answer, or not the whole of it, behind what there is. */
  #notice(message: Message, { text, notice }: Thought): Promise<string> {
    const { log } = this.#options.host;
    log.warn(text === '' ? 'the language model said nothing' : 'the answer is not whole', { id: message.id, notice });
    const lead = text === '' ? `${this.#name} has no answer` : `The answer of ${this.#name} is not whole`;
    return this.#reply(message, systemWords(sentence(`${lead}: ${notice}`)));
  }

  /** Round after round, until it says something and wants no more. */
  async #think(message: Message): Promise<Thought> {
    const messages = this.#promptFor(message);
    const { profile } = this.#options.host;
    const offers = this.#offers();
    const [tools, speech] = [toolsOf(offers), this.#speechTo(message)];
    const [said, ids] = [[] as string[], new Set<string>()];
    const rounds = roundsOf(profile.llm_config);
    for (let left = rounds; ; left -= 1) {
      const answer = await this.#ask(messages, { tools, mayUse: left > 0, speech, said: said.join(BREAK) });
      if (answer.text !== '') said.push(answer.text);
      const calls = withOwnIds(answer.tool_calls, ids);
      if (calls.length === 0 || left <= 0) {
        await speech?.end();
        const text = said.join(BREAK);
        return { text, notice: answer.notice ?? (text === '' ? silence(answer, rounds) : null) };
      }
      const results: string[] = [];
      for (const call of calls) results.push(await this.#use(call, offers));
      messages.push(...roundMessages({ ...answer, tool_calls: calls }, results));
    }
  }

  #promptFor(message: Message): LlmMessage[] {
    const { host, persona } = this.#options;
    const { id, profile, ctx } = host;
    const theme = ctx.state.get(THEME);
    const parts = { id, profile, persona: persona(), history: ctx.history, message };
    return promptFor({ ...parts, theme: typeof theme === 'string' ? theme : null, zone: ownZone() });
  }

  #offers(): Map<string, Offer> {
    const { skills, profile } = this.#options.host;
    return offersOf(skills.values(), profile.skills);
  }

  /** The pieces that are heard, of all rounds together, are the text that is said at the end. */
  async #ask(messages: readonly LlmMessage[], { tools, mayUse, speech, said }: Round): Promise<LlmAnswer> {
    const { llm } = this.#options;
    const options = { tools, ...(tools.length > 0 && !mayUse ? { options: { tool_choice: 'none' } } : {}) };
    if (!speech) return llm.chat([...messages], options);
    const pieces = llm.stream([...messages], options);
    let before = said === '' ? '' : BREAK;
    for (;;) {
      const next = await pieces.next();
      if (next.done) return next.value;
      const { text, restart } = next.value;
      if (restart) speech.restart();
      if (restart && said !== '') before = `${said}${BREAK}`;
      if (text !== '') speech.say(`${before}${text}`);
      if (text !== '') before = '';
    }
  }

  /** What goes wrong is told to the model, which may mend it or try something else. */
  async #use(call: LlmToolCall, offers: ReadonlyMap<string, Offer>): Promise<string> {
    const { host } = this.#options;
    const told = toolNames([...offers.keys()]);
    const asked = String(call.function?.name);
    const name = told.get(asked) ?? asked;
    try {
      const offer = offers.get(name);
      if (!offer) return `error: there is no skill ${asked} (there are: ${[...told.keys()].join(', ') || 'none'})`;
      const run = this.#handlerOf(name);
      if (!run) return `error: the skill ${name} is not implemented`;
      const given = argumentsOf(call.function.arguments);
      const args = typeof given === 'string' ? given : readParameters(given, offer.parameters ?? {});
      return typeof args === 'string' ? args : resultText(await run(args));
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'cancelled') throw error;
      host.log.warn('a skill failed', { skill: name, error });
      return `error: ${reasonOf(error)}`;
    }
  }

  #handlerOf(name: string): ((args: JsonObject) => unknown) | null {
    const { host, method } = this.#options;
    const isStated = host.profile.skills.some((skill) => skill.name === name);
    return host.skills.get(name)?.handler ?? (isStated ? method(name) : null);
  }

  /** Pieces are for people; an agent waits for the whole. */
  #speechTo(message: Message): Speech | null {
    const { host } = this.#options;
    if (message.sender.agent_id !== 'user' || host.profile.llm_config.stream === false) return null;
    return createSpeech((piece) => this.#send(message, 'narrative.chunk', { ...piece, format: 'text' }));
  }

  #reply(message: Message, payload: JsonObject): Promise<string> {
    return this.#send(message, 'narrative.text', payload);
  }

  #send({ id, sender, recipient }: Message, type: string, payload: JsonObject): Promise<string> {
    const room = recipient.room ?? null;
    return this.#options.host.send({ target: sender.agent_id, type, payload, correlationId: id, room });
  }

  /** For whoever shows the crew; nobody misses it. */
  async #speaking({ id, sender }: Message, speaking: boolean): Promise<void> {
    const payload = { speaking, to: sender.agent_id };
    try {
      await this.#options.host.send({ target: 'user', type: 'agent.speaking', payload, correlationId: id });
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
    }
  }

  get #name(): string {
    return this.#options.host.profile.name;
  }

  #levelOf({ code }: ServiceError): 'info' | 'warn' | 'debug' {
    if (code !== 'not_configured') return 'warn';
    const level = this.#toldOfNoModel ? 'debug' : 'info';
    this.#toldOfNoModel = true;
    return level;
  }

  /** What whoever asked can do something with. */
  async #excuse(asked: Message, { code, message }: ServiceError): Promise<string> {
    if (code !== 'not_configured') return sentence(`${this.#name} cannot answer now: ${message}`);
    const own: unknown = await this.#options.withoutModel(asked, message);
    return typeof own === 'string' && own.trim() !== '' ? own : sentence(`${this.#name} cannot answer: ${message}`);
  }
}

const sentence = (text: string) => (/[.!?…]$/.test(text) ? text : `${text}.`);
