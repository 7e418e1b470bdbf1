/**
 * Horloge: timers, reminders and schedules. Commands write timers into a folder on the agent's own volume; one nursery
 * task reads them there and speaks to the user when they are due.
 */
import { randomUUID } from 'node:crypto';
import { type AgentHost, BaseAgent, type JsonObject } from '@hairem/agent';
import { type Clock, systemClock } from './clock.ts';
import { afterFiring, localTime, newTimer, type Rules, readName, readRules, type Timer } from './timer.ts';
import { openTimerFolder, type TimerFolder } from './timer-folder.ts';

/** The other instance of an update may have written a timer meanwhile: look at least this often. */
const LOOK_AGAIN_MS = 5_000;
const LATE_MS = 60_000;
/** The time zone of the home (`TZ`), as this process has it. */
const HOME = new Intl.DateTimeFormat().resolvedOptions().timeZone;

interface Surroundings {
  readonly clock: Clock;
  readonly folder: string;
}

export class Agent extends BaseAgent {
  readonly #clock: Clock;
  readonly #path: string;
  #folder: TimerFolder | null = null;
  #wake = new AbortController();

  constructor(host: AgentHost, { clock, folder }: Surroundings = { clock: systemClock, folder: '/data/timers' }) {
    super(host);
    this.#clock = clock;
    this.#path = folder;
  }

  override async setup(): Promise<void> {
    readRules(this.config, HOME);
    this.#folder = await openTimerFolder(this.#path, (file) => this.log.warn('a broken timer is set aside', { file }));
    this.onCommand('timer.set', (args, message) => this.#set(args, message.id, message.sender.agent_id));
    this.onCommand('timer.list', () => this.#list());
    this.onCommand('timer.cancel', (args, message) => this.#cancel(args, message.metadata.redelivered));
    this.#registerSkills();
    this.spawnTask('timers', (signal) => this.#watch(signal), { restart: 'on-failure' });
  }

  override async selfTest(): Promise<void> {
    await this.#timers.list(this.#clock.now());
  }

  override onConfig(): void {
    readRules(this.config, HOME);
  }

  /** The manifest describes the skills to the language model; here is what they do. */
  #registerSkills(): void {
    const handlers = new Map([
      ['set_timer', (args: JsonObject) => this.#set(args, randomUUID(), this.id)],
      ['list_timers', () => this.#list()],
      ['cancel_timer', (args: JsonObject) => this.#cancel(args, false)],
    ]);
    for (const { name, ...about } of this.profile.skills) {
      const handler = handlers.get(name);
      if (handler) this.skill(name, about, handler);
    }
  }

  get #timers(): TimerFolder {
    if (!this.#folder) throw new Error('the timers are not open yet');
    return this.#folder;
  }

  get #rules(): Rules {
    return readRules(this.config, HOME);
  }

  /** @param command the id of the message that asks for it */
  async #set(args: JsonObject, command: string, setBy: string): Promise<JsonObject> {
    const now = this.#clock.now();
    const rules = this.#rules;
    const timers = await this.#timers.list(now);
    const same = timers.find((timer) => timer.command === command);
    if (same) return describe(same, now, rules);
    if (timers.length >= rules.maxTimers) throw new Error(`there are ${timers.length} timers, no more are kept`);
    const taken = new Set(timers.map((timer) => timer.name));
    const timer = newTimer(args, { now, rules, command, setBy, taken });
    const added = await this.#timers.add(timer);
    if (!added) throw new Error(`there is a timer "${timer.name}" already: cancel it first, or choose another name`);
    this.#wake.abort();
    return describe(timer, now, rules);
  }

  async #list(): Promise<JsonObject> {
    const [now, rules] = [this.#clock.now(), this.#rules];
    const timers = await this.#timers.list(now);
    return { timezone: rules.timezone, timers: timers.map((timer) => describe(timer, now, rules)) };
  }

  /** @param again after a crash the same command comes a second time: it may have been done already */
  async #cancel(args: JsonObject, again: boolean): Promise<JsonObject> {
    const name = readName(args.name);
    const removed = await this.#timers.remove(name);
    if (!removed && !again) throw new Error(`there is no timer "${name}"`);
    return { name };
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Made before looking, so that a timer that is set while looking is not slept over.
      this.#wake = new AbortController();
      await this.#fireDue(signal);
      const now = this.#clock.now();
      const [next] = await this.#timers.list(now);
      const wait = next ? Date.parse(next.due) - now.getTime() : LOOK_AGAIN_MS;
      await this.#clock.sleep(Math.min(Math.max(wait, 0), LOOK_AGAIN_MS), AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  async #fireDue(signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    for (const timer of await this.#timers.list(now)) {
      if (signal.aborted || Date.parse(timer.due) > now.getTime()) return;
      await this.#fire(timer, now);
    }
  }

  async #fire(timer: Timer, now: Date): Promise<void> {
    if (!(await this.#timers.claim(timer.name))) return;
    try {
      await this.#announce(timer, now);
    } catch (error) {
      await this.#timers.settle(timer.name, timer);
      throw error;
    }
    await this.#timers.settle(timer.name, afterFiring(timer, now, this.#rules.timezone));
  }

  async #announce(timer: Timer, now: Date): Promise<void> {
    const filled = this.#rules.announcement.replaceAll(/\{(name|text)\}/g, (_, key: 'name' | 'text') => timer[key]);
    const late = now.getTime() - Date.parse(timer.due) > LATE_MS;
    const content = late ? `${filled} (late: it was due at ${localTime(timer.due, this.#rules.timezone)})` : filled;
    await this.send('user', 'narrative.text', { content, format: 'text', timer: timer.name, due: timer.due });
  }
}

function describe({ name, text, due, cron, set_by }: Timer, now: Date, { timezone }: Rules): JsonObject {
  return {
    name,
    text,
    due,
    local: localTime(due, timezone),
    cron,
    in_seconds: Math.max(0, Math.round((Date.parse(due) - now.getTime()) / 1000)),
    set_by,
  };
}
