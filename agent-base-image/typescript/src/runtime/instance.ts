/**
 * One instance of an agent, around the state machine of follower/: it feeds events and performs actions, and decides
 * nothing about the handover.
 *
 *   Redis ──► events ──► step(state, event) ──► actions ──► handlers, nursery, what is said on st:<id>:<inst>
 */
import { randomUUID } from 'node:crypto';
import type { BaseAgent } from '../base-agent.ts';
import { type Action, EXIT } from '../follower/actions.ts';
import type { FollowerEvent } from '../follower/events.ts';
import { createFollower, step } from '../follower/follower.ts';
import { report } from '../follower/report.ts';
import type { Entry, FollowerState } from '../follower/state.ts';
import type { Clock } from './clock.ts';
import type { ConnectionOptions } from './connection.ts';
import { createContext } from './context.ts';
import { ContextShare } from './context-share.ts';
import type { ControlSeal } from './control-seal.ts';
import { createDesk, type Desk } from './desk.ts';
import { createHandlers, type Handlers } from './handlers.ts';
import { heldLimits } from './heartbeat.ts';
import { createHost, type InstanceHost, offersOf } from './host.ts';
import { bringUp, LifeError, tearDown } from './life.ts';
import { Line } from './line.ts';
import type { AgentLog } from './log.ts';
import { createNursery, type Nursery } from './nursery.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { Pulse } from './pulse.ts';
import { Reception } from './reception.ts';
import { createServiceLine, type ServiceLine } from './service-line.ts';
import type { Welcome } from './words.ts';

export interface InstanceOptions {
  agent: string;
  inst: number;
  connection: ConnectionOptions;
  seal: ControlSeal;
  /** The bundle. */
  folder: string;
  clock: Clock;
  log: AgentLog;
  /** Ends the process. */
  exit: (code: number) => void;
}

const STOP_SECONDS = 30;
/** For those who wait for what it has not done. */
const LAST_WORDS_MS = 500;

export class Instance {
  readonly #options: InstanceOptions;
  readonly #state: FollowerState;
  readonly #nursery: Nursery;
  readonly #outbox: Outbox;
  readonly #services: ServiceLine;
  readonly #handlers: Handlers;
  readonly #host: InstanceHost;
  readonly #share: ContextShare;
  readonly #desk: Desk;
  readonly #line: Line;
  readonly #reception: Reception;
  readonly #pulse: Pulse;
  readonly #dropped: Record<string, number> = {};
  #agent: BaseAgent | null = null;
  #drainSeconds = STOP_SECONDS;
  #welcomed = false;
  #leaving = false;

  constructor(options: InstanceOptions) {
    const { agent, inst, clock, log } = options;
    this.#options = options;
    this.#pulse = new Pulse(clock.now, { tick: () => this.#tick(), beat: () => this.#beat() });
    this.#state = createFollower({ agent, inst, conn: randomUUID(), limits: heldLimits() });
    this.#line = new Line({ ...options, ears: () => this.#reception, term: () => this.#state.term });
    const ctx = createContext({ agent, timestamp: clock.timestamp });
    this.#nursery = createNursery({ clock, log });
    const publish = (channel: string, text: string) => this.#line.publish(channel, text);
    this.#services = createServiceLine({ agent, inst, clock, publish });
    this.#outbox = createOutbox({
      agent,
      inst,
      clock,
      role: () => this.#host.profile.role ?? 'expert',
      phase: () => this.#state.phase,
      publish,
      sent: ctx.noteSaid,
      count: (why) => this.#count(why),
      unheard: (why) => log.warn(`nobody hears what was sent: ${why}`),
    });
    const parts = { ctx, outbox: this.#outbox, services: this.#services, nursery: this.#nursery };
    this.#host = createHost({ ...options, ...parts, stop: () => this.stop() });
    const known = { state: this.#state, host: this.#host, agent: () => this.#agent };
    this.#share = new ContextShare({ ...known, ctx, log, clock, say: (message) => this.#line.say(message) });
    this.#desk = createDesk({
      ...known,
      log,
      say: (message) => this.#line.say(message),
      giveUp: (seconds) => this.#handlers.giveUpOld(seconds),
    });
    this.#handlers = createHandlers({ ...known, ctx, clock });
    this.#reception = new Reception({
      ...{ agent, inst, seal: options.seal, clock, log, state: this.#state, line: this.#line },
      ...{ desk: this.#desk, share: this.#share, services: this.#services },
      feed: (event) => this.#feed(event),
      stop: () => this.stop(),
      onWelcome: (welcome) => this.#onWelcome(welcome),
      count: (why) => this.#count(why),
      isLeaving: () => this.#leaving,
      leave: (why, code) => this.#leave(why, code),
    });
  }

  /** Connects, says `hello`, and from then on answers. */
  async begin(): Promise<void> {
    await this.#reception.connect(() => {});
    this.#pulse.begin();
  }

  /** Ends in order: tasks cancelled, all it owns finished, teardown, exit 0. */
  stop(seconds = this.#drainSeconds): void {
    this.#feed({ type: 'stop', inst: this.#options.inst });
    setTimeout(() => {
      this.#handlers.giveUpAll();
      setTimeout(() => this.#leave('it did not drain in time', EXIT.told), LAST_WORDS_MS);
    }, seconds * 1000);
  }

  /** What nobody caught: one from a handler or a task is theirs, any other ends the process. */
  crash(error: unknown): void {
    this.#options.log.error('nobody caught this', { error });
    this.#leave('an error that nobody caught', EXIT.failed);
  }

  /** One in its life: another could only bring other secrets to code that runs already. */
  #onWelcome(welcome: Welcome): void {
    if (this.#welcomed) {
      this.#count('welcome');
      return;
    }
    this.#welcomed = true;
    this.#drainSeconds = welcome.drain_seconds;
    this.#desk.welcome(welcome);
    this.#comeUp();
  }

  #feed(event: FollowerEvent): void {
    for (const action of step(this.#state, event)) this.#perform(action);
    if (this.#state.held) this.#line.hold();
    else this.#line.release();
  }

  #perform(action: Action): void {
    switch (action.do) {
      case 'say':
        this.#share.before(action.message);
        this.#line.say(action.message);
        break;
      case 'run':
        this.#run(action.entry);
        break;
      case 'cancel':
        this.#handlers.cancel(action.ordinal);
        break;
      case 'reply':
        this.#outbox.answer(action.correlation, action.message);
        break;
      case 'start_tasks':
        this.#startTasks(this.#share.ready);
        break;
      case 'stop_tasks':
        this.#stopTasks(action.epoch);
        break;
      case 'tick_soon':
        this.#pulse.tickSoon();
        break;
      case 'drop':
        this.#count(action.why);
        break;
      case 'exit':
        this.#leave(action.why, action.code);
    }
  }

  #run(entry: Entry): void {
    const before = { announced: this.#line.said, ready: this.#share.ready };
    this.#handlers.run(entry, before, () => this.#feed({ type: 'finished', ordinal: entry.ordinal }));
  }

  /** They are shown at once. */
  async #startTasks(ready: Promise<void> | null): Promise<void> {
    this.#nursery.start(ready);
    await ready;
    setImmediate(() => this.#beat());
  }

  /** A task that is stuck is named before anyone hears that this instance is drained. */
  async #stopTasks(epoch: number): Promise<void> {
    await this.#nursery.stop();
    if (this.#nursery.report().some(({ state }) => state === 'stuck')) this.#beat();
    this.#feed({ type: 'tasks_stopped', epoch });
  }

  async #comeUp(): Promise<void> {
    try {
      await bringUp({ folder: this.#options.folder, host: this.#host }, (agent) => {
        this.#agent = agent;
      });
      this.#feed({ type: 'setup_done' });
    } catch (thrown) {
      const error = thrown instanceof LifeError ? thrown : new LifeError('start', thrown);
      this.#options.log.error(`the agent failed in ${error.phase}`, { error });
      this.#line.say({ type: 'failed', phase: error.phase, error: { message: error.message, stack: error.stack } });
      this.#leave(`it failed in ${error.phase}`, EXIT.failed);
    }
  }

  #beat(): void {
    this.#handlers.giveUpOld();
    if (this.#state.held?.until) this.#reception.sayHello(); // nobody may have heard the one before
    const { state, held } = report(this.#state);
    const tasks = this.#nursery.report();
    const dropped = { ...this.#dropped };
    const own = { state, held, hash: this.#desk.hash(), tasks, hindered: this.#nursery.hindered(), dropped };
    this.#line.say({ type: 'heartbeat', ...own, ...offersOf(this.#host), ...this.#pulse.vitals() });
  }

  #tick(): void {
    this.#share.tick();
    this.#feed({ type: 'tick' });
  }

  #count(why: string): void {
    this.#dropped[why] = (this.#dropped[why] ?? 0) + 1;
  }

  /** The end, in order, once: tasks, teardown, the last words, the process. */
  async #leave(why: string, code: number): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#options.log.info(`going: ${why}`, { code });
    this.#handlers.cancelAll();
    await this.#nursery.stop();
    if (this.#agent) await tearDown(this.#agent, { host: this.#host, clock: this.#options.clock });
    await this.#line.said;
    this.#line.close();
    this.#options.exit(code);
  }
}
