/**
 * One request to a service until it is answered: sent again with the same id, less and less often; the pieces of a
 * streamed answer are put in order.
 */
import type { ServiceCall } from '../agent-host.ts';
import { DEEPEST, writeJson } from '../json-text.ts';
import { SendError } from '../send-error.ts';
import { ServiceError } from '../service-error.ts';
import { reasonOf } from '../thrown.ts';
import type { Clock } from './clock.ts';
import { inTime } from './deadline.ts';
import { Hearing } from './hearing.ts';
import type { Answer } from './service-answer.ts';

export interface ServiceLineOptions {
  agent: string;
  inst: number;
  clock: Clock;
  /** Resolves with how many it was given to; waits while the connection is held. Throws SendError. */
  publish: (channel: string, text: string) => Promise<number>;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const LONGEST_SECONDS = 600;
const DEFAULT_SECONDS = 60;

export class Asking {
  readonly #options: ServiceLineOptions;
  readonly #call: ServiceCall;
  readonly #id: string;
  readonly #answered = Promise.withResolvers<unknown>();
  readonly #hearing = new Hearing();
  #run = '';
  #got = 0;
  /** Whether the service has said anything of it. */
  #heard = false;
  /** The last refusal that is worth another try. */
  #busy: string | null = null;
  /** Ends the pause before it is sent again. */
  #nudge: () => void = () => {};
  /** Nobody waits for it any more. */
  #over = false;
  #pause = FIRST_PAUSE_MS;

  constructor(options: ServiceLineOptions, call: ServiceCall, id: string) {
    this.#options = options;
    this.#call = call;
    this.#id = id;
  }

  async run(causeSignals: AbortSignal[]): Promise<unknown> {
    const { service, op, signal } = this.#call;
    try {
      this.#answered.promise.catch(() => {}); // an answer may come when nobody waits any more
      this.#sendAgainAndAgain();
      return await inTime(this.#answered.promise, {
        clock: this.#options.clock,
        ms: this.#seconds * 1000,
        signals: signal ? [...causeSignals, signal] : causeSignals,
        late: () => this.#tooLate(),
        cancelled: () => new ServiceError('cancelled', `${service}.${op} was cancelled`),
      });
    } finally {
      this.#over = true;
      this.#nudge();
      if (this.#call.signal?.aborted) this.#say({ type: 'cancel', id: this.#id }).catch(() => {});
    }
  }

  take(answer: Answer): void {
    this.#heard = true;
    if (answer.type === 'working') {
      this.#pause = LONGEST_PAUSE_MS;
    } else if (answer.type === 'reply' && !answer.ok && answer.error.code === 'busy') {
      this.#busy = answer.error.message;
    } else if (this.#isInOrder(answer)) {
      if (answer.type === 'chunk') this.#takeChunk(answer.data);
      else if (answer.ok) this.#answered.resolve(answer.result);
      else this.#answered.reject(new ServiceError(answer.error.code, answer.error.message));
    }
  }

  /** A gap is closed by asking again, with what there is; another run begins from its first chunk. */
  #isInOrder({ type, run, seq }: Exclude<Answer, { type: 'working' }>): boolean {
    if (!this.#call.onChunk) return type === 'reply';
    if (run !== this.#run) {
      if (this.#run !== '' && this.#got > 0) this.#call.onRestart?.();
      this.#run = run;
      this.#got = 0;
    }
    if (seq > this.#got) this.#nudge();
    return seq === this.#got;
  }

  #takeChunk(data: unknown): void {
    this.#got += 1;
    this.#pause = LONGEST_PAUSE_MS; // it is there, and speaking
    this.#call.onChunk?.(data);
  }

  async #sendAgainAndAgain(): Promise<void> {
    while (!this.#over) {
      const final = await this.#send();
      const left = this.#heard ? null : this.#hearing.left(this.#options.clock.now());
      if (final || (left !== null && left <= 0)) return this.#answered.reject(final ?? unheard(this.#call));
      if (!this.#over) await this.#rest(left ?? LONGEST_PAUSE_MS);
    }
  }

  /** @returns what sending it again would not change */
  async #send(): Promise<ServiceError | null> {
    const { clock } = this.#options;
    try {
      const have = this.#run === '' ? null : { run: this.#run, seq: this.#got };
      const request = { type: 'request', id: this.#id, op: this.#call.op, args: this.#call.args, have };
      this.#hearing.note(await this.#say(request), clock.now());
      return null;
    } catch (error) {
      if (error instanceof SendError && error.code === 'unknown_outcome') this.#hearing.note(null, clock.now());
      return finalOf(error);
    }
  }

  #rest(longest: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const callOff = this.#options.clock.after(Math.min(this.#pause, longest), resolve);
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MS);
    this.#nudge = () => {
      callOff();
      resolve();
    };
    return promise;
  }

  #say(message: object): Promise<number> {
    const { agent, inst, publish } = this.#options;
    const numbers = this.#call.service === 'memory' ? 'exact' : 'nearest';
    return publish(`svc:${this.#call.service}:${agent}:${inst}`, writeJson(message, DEEPEST, numbers));
  }

  get #seconds(): number {
    return Math.min(this.#call.timeout ?? DEFAULT_SECONDS, LONGEST_SECONDS);
  }

  #tooLate(): ServiceError {
    if (this.#busy) return new ServiceError('busy', this.#busy);
    const { service, op } = this.#call;
    const why = this.#heard ? 'it is still working on it' : `is the container \`${homeOf(service)}\` running?`;
    return new ServiceError('timeout', `the ${service} service did not answer ${op} in ${this.#seconds} s: ${why}`);
  }
}

/** The container that answers for a service. */
const homeOf = (service: string) => (service === 'registry' ? 'orchestrator' : 'services');

function unheard({ service, op }: ServiceCall): ServiceError {
  const home = homeOf(service);
  const what = `the container \`${home}\` is not running: for 30 s nobody heard ${service}.${op}`;
  const how = `\`docker compose up -d ${home}\` starts it, \`docker compose logs ${home}\` says why it ended`;
  return new ServiceError('unavailable', `${what}; ${how}`);
}

/** What sending it again would not change; null for a connection that was lost. */
function finalOf(error: unknown): ServiceError | null {
  if (!(error instanceof SendError)) return notJson(error);
  const { code, message } = error;
  return code === 'refused' || code === 'too_large' ? new ServiceError(code, message, { cause: error }) : null;
}

export function notJson(cause: unknown): ServiceError {
  return new ServiceError('bad_request', `arguments are JSON: ${reasonOf(cause)}`, { cause });
}
