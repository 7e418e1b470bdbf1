/**
 * What an instance says: on its status channel, and to others on behalf of its agent. The connection under it may be
 * another one after a while; what the agent says meanwhile waits.
 */
import { DEEPEST_CARRIED, writeJson } from '../json-text.ts';
import { SendError } from '../send-error.ts';
import type { Connection } from './connection.ts';
import { type LinkOptions, openLink } from './link.ts';
import type { AgentLog } from './log.ts';
import { withErrorsHidden } from './own-secrets.ts';

export interface LineOptions extends LinkOptions {
  log: AgentLog;
  /** The term that goes with every word on the status channel. */
  term: () => number;
}

const HOLD_SECONDS = 30;

export class Line {
  readonly #options: LineOptions;
  #connection: Connection | null = null;
  /** While nothing may be sent: resolves when it may again. */
  #held: PromiseWithResolvers<void> | null = null;
  #said: Promise<unknown> = Promise.resolve();

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** Connects and subscribes, again and again if need be; rejects when Redis refuses this user for good. */
  async open(beforeSubscribing: () => void): Promise<void> {
    this.#connection = await openLink(this.#options, beforeSubscribing);
  }

  close(): void {
    this.#connection?.close();
  }

  /** From now on `publish` waits. */
  hold(): void {
    this.#held ??= Promise.withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = null;
  }

  /** The newest `say`: one connection, so when it is acknowledged, all before it are. Never rejects. */
  get said(): Promise<unknown> {
    return this.#said;
  }

  /** Says it now or never: while there is no connection nobody hears it, and nobody needs to later. */
  say(message: object): void {
    const { agent, inst, log, term } = this.#options;
    const failed = (error: unknown) => log.error('could not speak on the status channel', { error });
    try {
      const text = writeJson({ ...withErrorsHidden(message, log.hide), inst, term: term() }, DEEPEST_CARRIED, 'exact');
      const published = this.#connection?.publish(`st:${agent}:${inst}`, text) ?? Promise.resolve(null);
      this.#said = published.catch((error: SendError) => {
        if (error.code !== 'unknown_outcome') failed(error);
      });
    } catch (error) {
      failed(error); // too deep: what the agent's code put into it
    }
  }

  /**
   * Resolves when Redis has acknowledged it, with how many clients it was given to. Throws SendError refused, too_large,
   * timeout, unknown_outcome.
   */
  async publish(channel: string, text: string): Promise<number> {
    for (;;) {
      if (this.#held) await this.#untilReleased(this.#held.promise);
      const published = this.#connection?.publish(channel, text);
      if (published) return published;
      if (!this.#held) throw new SendError('unknown_outcome', 'there is no connection to Redis');
    }
  }

  async #untilReleased(released: Promise<void>): Promise<void> {
    const timer = new AbortController();
    const late = this.#options.clock.sleep(HOLD_SECONDS * 1000, timer.signal).then(() => {
      throw new SendError('timeout', `there was no connection to Redis for ${HOLD_SECONDS} s`);
    });
    late.catch(() => {}); // also when it is aborted
    await Promise.race([released, late]);
    timer.abort();
  }
}
