/**
 * When the context of an agent goes from one instance to the next (design/CONTEXT.md): all of it with
 * the mark, every change before the watermark that covers its message, the rest at the cut.
 *
 *   owner       mark ─► whole │ change ─► changes, watermark │ cut to another ─► the rest, with the cut's id │ drained
 *   follower    takes all of it                              │ cut to it ─► runs nothing before the rest is there
 */
import type { Log } from '../agent-host.ts';
import type { Saying } from '../follower/actions.ts';
import type { ControlEvent } from '../follower/events.ts';
import { isWindowOpen } from '../follower/follower.ts';
import { owns } from '../follower/lanes.ts';
import type { FollowerState } from '../follower/state.ts';
import type { Clock } from './clock.ts';
import type { OwnContext } from './context.ts';
import { type ContextSaying, createExchange, type Exchange } from './context-exchange.ts';
import type { ContextWord } from './words.ts';

type Cut = ControlEvent & { type: 'cut' };

export interface ShareOptions {
  state: FollowerState;
  ctx: OwnContext;
  log: Log;
  clock: Clock;
  say: (message: ContextSaying) => void;
}

/** Longer than that the new owner does not wait for the last of the old one's context: it may hang. */
const REST_MS = 500;

/** What others may act on when they hear it: the context must be there before. */
const BINDING: ReadonlySet<Saying['type']> = new Set(['watermark', 'cancelled', 'drained']);

export class ContextShare {
  readonly #options: ShareOptions;
  readonly #exchange: Exchange;
  /** Who has said its context: for these there is something to wait for. */
  readonly #speakers = new Set<number>();
  #wholeIsDue = false;
  #rest: { cut: string; from: number; arrived: PromiseWithResolvers<void>; timer: AbortController } | null = null;

  constructor(options: ShareOptions) {
    this.#options = options;
    this.#exchange = createExchange(options.ctx, options.log);
  }

  /** Resolves when the agent's code may run: its context is there. Null when it is there already. */
  get ready(): Promise<void> | null {
    return this.#rest?.arrived.promise ?? null;
  }

  /** Around the step of the state machine for one word of the orchestrator. */
  around(event: ControlEvent, step: () => void): void {
    if (event.type === 'mark' && owns(this.#options.state)) this.#wholeIsDue = true;
    if (event.type === 'cut' && event.id !== this.#options.state.lastCut) this.#aroundCut(event, step);
    else step();
  }

  /** Before a tick: what tasks have changed needs no message to be said. */
  tick(): void {
    const { state } = this.#options;
    if (owns(state) && !state.cancelled) this.#speak(null);
  }

  /** Before a word of the state machine goes out. */
  before(message: Saying): void {
    if (BINDING.has(message.type)) this.#speak(null);
  }

  hear(word: ContextWord): void {
    const { state } = this.#options;
    if (word.inst === state.inst) {
      this.#exchange.settle(word);
      return;
    }
    this.#speakers.add(word.inst);
    this.#exchange.hear(word, owns(state) ? 'owner' : 'follower');
    if (this.#rest && word.cut === this.#rest.cut && word.inst === this.#rest.from) this.#arrive();
  }

  #aroundCut(cut: Cut, step: () => void): void {
    const { state } = this.#options;
    const wasOwner = owns(state);
    const former = state.owner;
    const isFromAlive = former !== null && former !== state.inst && !cut.adopt.includes(former);
    if (cut.to === state.inst && isFromAlive && this.#speakers.has(former)) this.#awaitRest(cut.id, former);
    step();
    if (state.lastCut !== cut.id) {
      if (this.#rest?.cut === cut.id) this.#arrive();
      return;
    }
    if (cut.to === state.inst && !wasOwner) this.#exchange.takeOver();
    if (state.phase === 'DRAINING') this.#speak(cut.id);
  }

  #awaitRest(cut: string, from: number): void {
    this.#arrive();
    const timer = new AbortController();
    const rest = { cut, from, arrived: Promise.withResolvers<void>(), timer };
    this.#rest = rest;
    const late = () => {
      if (this.#rest !== rest) return;
      this.#options.log.warn(`instance ${from} did not say the last of its context in ${REST_MS} ms`);
      this.#arrive();
    };
    this.#options.clock.sleep(REST_MS, timer.signal).then(late, () => {});
  }

  #arrive(): void {
    this.#rest?.timer.abort();
    this.#rest?.arrived.resolve();
    this.#rest = null;
  }

  #speak(cut: string | null): void {
    const { state, say } = this.#options;
    if (state.held || !isWindowOpen(state)) return;
    const news = this.#exchange.news({ whole: this.#wholeIsDue, cut });
    this.#wholeIsDue = false;
    if (news) say(news);
  }
}
