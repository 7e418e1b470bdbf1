/** One instance in a simulation: the real state machine, with handlers that a test moves on step by step. */

import type { Action } from '../../../agent-base-image/typescript/src/follower/actions.ts';
import type { FollowerEvent } from '../../../agent-base-image/typescript/src/follower/events.ts';
import { createFollower, step } from '../../../agent-base-image/typescript/src/follower/follower.ts';
import type { Entry, FollowerState } from '../../../agent-base-image/typescript/src/follower/state.ts';
import type { Random } from './random.ts';
import type { SimBus, Wire } from './sim-bus.ts';

interface Job {
  readonly entry: Entry;
  /** What an adoption by another changes afterwards does not flag this effect. */
  readonly redelivered: boolean;
  /** Starts when the publish with this number is acknowledged. */
  readonly after: number;
  /** Waits for this answer before it goes on. */
  asks: string | null;
  asked: boolean;
  /** The publish that ends it. */
  ends: number | null;
}

const effectOf = ({ entry: { message }, redelivered }: Job) => ({
  of: message.id,
  redelivered: redelivered || message.metadata.redelivered,
});

export class SimInstance {
  readonly state: FollowerState;
  readonly #wire: Wire;
  readonly #random: Random;
  readonly #bus: SimBus;
  #jobs: Job[] = [];
  #acked = 0;
  #asked = 0;
  #stopping: number[] = [];
  alive = true;
  /** Set when a poison message runs: the next chance kills it. */
  poisoned = false;

  constructor(bus: SimBus, inst: number, random: Random) {
    this.#bus = bus;
    this.#wire = bus.connect(inst);
    this.#random = random;
    this.state = createFollower({ agent: 'electra', inst, conn: `c${inst}`, limits: { entries: 1e6, bytes: 1e9 } });
    this.say({ type: 'hello' });
  }

  get inst(): number {
    return this.state.inst;
  }

  get runsSuspect(): boolean {
    return [...this.state.log.suspects].some((entry) => entry.running);
  }

  say(message: object): void {
    this.#publish(`st:electra:${this.inst}`, { ...message, inst: this.inst, term: this.state.term });
  }

  /** Something that it could do now, or null. */
  move(): (() => void) | null {
    const moves: (() => void)[] = [];
    if (this.#wire.departures.length > 0) moves.push(() => this.#bus.process(this.#wire));
    if (this.alive) {
      if (this.#wire.arrivals.length > 0) moves.push(() => this.#read());
      const job = this.#random.pick(this.#jobs.filter((one) => this.#canWork(one)));
      if (job) moves.push(() => this.#work(job));
      const epoch = this.#stopping[0];
      if (epoch !== undefined) moves.push(() => this.#tasksStopped(epoch));
    }
    return this.#random.pick(moves) ?? null;
  }

  feed(event: FollowerEvent): void {
    if (!this.alive) return;
    const actions = step(this.state, event);
    this.#bus.onStep(this.inst, event, actions);
    for (const action of actions) this.#perform(action);
  }

  #publish(channel: string, message: object): number {
    this.#wire.published += 1;
    this.#wire.departures.push({ channel, text: JSON.stringify(message), publish: this.#wire.published });
    return this.#wire.published;
  }

  #tasksStopped(epoch: number): void {
    this.#stopping.shift();
    this.feed({ type: 'tasks_stopped', epoch });
  }

  #read(): void {
    const next = this.#wire.arrivals.shift();
    if (!next) return;
    if (next.kind === 'ack') this.#onAck(next.publish);
    else this.#hear(next.channel, next.text);
  }

  #hear(channel: string, text: string): void {
    const isOurs = channel.startsWith('agent:electra:') || channel.startsWith('broadcast:');
    const message = JSON.parse(text);
    if (isOurs) this.feed({ type: 'delivered', channel, text });
    else if (channel === 'ctl:electra') this.feed(message);
    else if (channel.startsWith('st:') && ['watermark', 'cancelled'].includes(message.type)) this.feed(message);
  }

  #onAck(publish: number): void {
    this.#acked = publish;
    const job = this.#jobs.find(({ ends }) => ends === publish);
    if (!job) return;
    this.#jobs = this.#jobs.filter((one) => one !== job);
    this.feed({ type: 'finished', ordinal: job.entry.ordinal });
  }

  #canWork(job: Job): boolean {
    return job.ends === null && job.asks === null && this.#acked >= job.after;
  }

  /** A handler takes its time, may ask a peer first, then has one visible effect. */
  #work(job: Job): void {
    const { message } = job.entry;
    if (message.payload.poison) {
      this.poisoned = true;
      return;
    }
    if (message.payload.stuck && !job.redelivered && !this.#random.chance(0.004)) return;
    if (message.payload.asks && !job.asked) this.#ask(job);
    else job.ends = this.#publish('agent:user:electra', effectOf(job));
  }

  #ask(job: Job): void {
    this.#asked += 1;
    job.asked = true;
    job.asks = `${this.inst}.ask-${this.#asked}`;
    const { message } = job.entry;
    const chain = [...message.metadata.chain, message.id];
    this.#publish(`agent:${job.entry.sender}:electra`, { ask: job.asks, chain, redelivered: job.redelivered });
  }

  #perform(action: Action): void {
    switch (action.do) {
      case 'say':
        this.say(action.message);
        break;
      case 'run':
        this.#run(action.entry);
        break;
      case 'cancel':
        this.#jobs = this.#jobs.filter(({ entry }) => entry.ordinal !== action.ordinal);
        break;
      case 'reply':
        for (const job of this.#jobs) if (job.asks === action.correlation) job.asks = null;
        break;
      case 'stop_tasks':
        this.#stopping.push(action.epoch);
        break;
      case 'exit':
        this.alive = false;
    }
  }

  #run(entry: Entry): void {
    const after = entry.redelivered ? this.#wire.published : 0;
    this.#jobs.push({ entry, redelivered: entry.redelivered, after, asks: null, asked: false, ends: null });
  }
}
