/**
 * What comes to an instance, in the order of the stream: each word to whom it is for. And the way to Redis, for the
 * first time and after it was lost.
 */
import { randomUUID } from 'node:crypto';
import { EXIT } from '../follower/actions.ts';
import type { FollowerEvent } from '../follower/events.ts';
import type { FollowerState } from '../follower/state.ts';
import { Buckets, HEARD } from './allowances.ts';
import type { Clock } from './clock.ts';
import type { Ears } from './connection.ts';
import type { ContextShare } from './context-share.ts';
import type { ControlSeal } from './control-seal.ts';
import type { Desk } from './desk.ts';
import type { Line } from './line.ts';
import type { AgentLog } from './log.ts';
import { ORCHESTRATOR } from './service-answer.ts';
import type { ServiceLine } from './service-line.ts';
import { readContext, readControl, readPeer, readWelcome } from './wire.ts';
import type { Welcome } from './words.ts';

export interface ReceptionOptions {
  agent: string;
  inst: number;
  seal: ControlSeal;
  clock: Clock;
  log: AgentLog;
  state: FollowerState;
  line: Line;
  desk: Desk;
  share: ContextShare;
  services: ServiceLine;
  feed: (event: FollowerEvent) => void;
  stop: () => void;
  onWelcome: (welcome: Welcome) => void;
  /** Counts what was dropped, by its reason. */
  count: (why: string) => void;
  isLeaving: () => boolean;
  leave: (why: string, code: number) => void;
}

export class Reception implements Ears {
  readonly #to: ReceptionOptions;
  /** Of which channels it was said that something could not be taken. */
  readonly #failed = new Set<string>();
  readonly #heard = new Buckets(HEARD);

  constructor(options: ReceptionOptions) {
    this.#to = options;
  }

  /** Until it is connected, and `hello` is said. */
  async connect(beforeSubscribing: () => void): Promise<void> {
    const { line, log, leave } = this.#to;
    try {
      await line.open(beforeSubscribing);
      this.sayHello();
    } catch (error) {
      log.error('Redis refuses this instance', { error });
      leave('Redis refuses this instance', EXIT.refused);
    }
  }

  sayHello(): void {
    const { line, state, desk } = this.#to;
    line.say({ type: 'hello', conn: state.conn, runtime: 'node', state: state.phase, hash: desk.hash() });
  }

  /** Rule 9: whether a lost connection is death is for the state machine to say. */
  onLost(why: Error): void {
    const { clock, log, state, feed, isLeaving } = this.#to;
    feed({ type: 'lost', at: clock.timestamp() });
    if (state.phase === 'GONE' || isLeaving()) return;
    log.warn(`the connection to Redis was lost: ${why.message}`);
    this.connect(() => feed({ type: 'reconnected', conn: randomUUID(), at: clock.timestamp() }));
  }

  /** Straight from the socket, synchronous: the order of these calls is the order of the stream (rule 2). */
  onPattern(channel: string, text: string): void {
    this.#guarded(channel, () => this.#takePattern(channel, text));
  }

  onChannel(channel: string, text: string): void {
    this.#guarded(channel, () => this.#takeChannel(channel, text));
  }

  /** Nothing that is said ends this process, or keeps it from hearing what comes next. */
  #guarded(channel: string, take: () => void): void {
    try {
      take();
    } catch (error) {
      const { count, log } = this.#to;
      const [kind = ''] = channel.split(':');
      count('failed');
      if (!this.#failed.has(kind)) log.error('a message could not be taken and is dropped', { channel: kind, error });
      this.#failed.add(kind);
    }
  }

  #takePattern(channel: string, text: string): void {
    const isOwn = channel.startsWith('st:');
    const word = isOwn ? readContext(channel, text) : null;
    const event: FollowerEvent | null = isOwn ? readPeer(channel, text) : this.#delivered(channel, text);
    if (word) this.#to.share.hear(word);
    else if (event) this.#to.feed(event);
  }

  /** What is too much of one speaker costs nothing more, so that it takes no time from the others. */
  #delivered(channel: string, text: string): FollowerEvent {
    const isHeard = this.#heard.take(channel, text.length, this.#to.clock.now()) === 0;
    return { type: 'delivered', channel, text: isHeard ? text : null };
  }

  #takeChannel(channel: string, text: string): void {
    const [kind, , , service] = channel.split(':');
    const said = service === undefined ? this.#to.seal.open(channel, text) : null;
    if (service !== undefined) this.#onAnswer(service, text);
    else if (said === null) this.#to.count('forged');
    else if (kind === 're') this.#onReply(said);
    else this.#onControl(said);
  }

  #onControl(text: string): void {
    const { inst, desk, share, feed, stop, count } = this.#to;
    const word = readControl(text);
    if (!word) count('control');
    else if (word.kind === 'question') desk.answer(word.question);
    else if (word.event.type === 'stop' && word.event.inst === inst) stop();
    else share.around(word.event, () => feed(word.event));
  }

  /** Only the service itself can speak there, and of nothing else is it heard. */
  #onAnswer(service: string, text: string): void {
    if (!this.#to.services.take(service, text)) this.#to.count('reply');
  }

  #onReply(text: string): void {
    const { agent, inst, services, count, onWelcome } = this.#to;
    if (services.take(ORCHESTRATOR, text)) return;
    const welcome = readWelcome(text);
    if (!welcome || welcome.inst !== inst || welcome.id !== agent) count('reply');
    else onWelcome(welcome);
  }
}
