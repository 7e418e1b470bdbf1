/**
 * One database while it is in use: its process, what waits for it, and what is done when the process dies.
 *
 *   call ──► waits ──► runs ──► answered
 *              ▲         │ the process dies
 *              │         ├─ it ran alone ──► an error; it is not run again
 *              └─ alone ─┘ (of several, each is run again by itself, so that the next death has a culprit)
 */

import { wordsOf } from '../domain/errors/error-text.ts';
import { HairemError } from '../domain/errors/errors.ts';
import type { CallHead, DatabaseName, ReplyHead, StoreTrouble } from '../domain/messages/store-call.ts';
import type { Log } from '../domain/ports/log.ts';
import { CRASH_WINDOW_MS, MOST_CRASHES, MOST_DEATHS, type RunningLog } from '../domain/ports/running.ts';
import { type Answer, described, failed, killed, poison, suspended } from './failed-calls.ts';

/** A child as the supervisor sees it; ports the operating system away. */
export interface Child {
  /** Rejects where it ended before it was open. */
  opened: Promise<void>;
  /** Why it ended, for people. */
  ended: Promise<string>;
  send(head: CallHead, body: Buffer): void;
  /** Closes the database; a child that does not end in time is killed. */
  close(): void;
  kill(why: string): void;
}

export type Spawn = (database: DatabaseName, onReply: (head: ReplyHead, body: Buffer) => void) => Child;

export interface DatabaseOptions {
  name: DatabaseName;
  spawn: Spawn;
  /** Waits until one more process may run. @throws busy */
  turn(): Promise<() => void>;
  running: RunningLog;
  /** Monotonic milliseconds. */
  now(): number;
  log: Log;
  /** Its process ended in the middle of calls; the message says of what, and of which. */
  onDeath(message: string): void;
  /** Its troubles have changed. */
  onTrouble(trouble: StoreTrouble | null): void;
}

interface Job {
  key: string;
  head: CallHead;
  body: Buffer;
  began: number;
  done(answer: Answer): void;
}

/** Of one agent; its services send eight at once. */
const MOST_AT_ONCE = 32;
const MOST_WAITING = 2_000;
/** More than the engine itself gives a query. */
const DEADLINE_MS = 45_000;

export class DatabaseProcess {
  readonly #options: DatabaseOptions;
  readonly #waiting: Job[] = [];
  readonly #running = new Map<number, Job>();
  #child: Child | null = null;
  #starting = false;
  #resting = false;
  #giveBack: () => void = () => {};
  #deaths: number[] = [];
  #suspendedUntil = 0;
  #next = 1;
  #usedAt = 0;

  constructor(options: DatabaseOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#running.size === 0 && !this.#starting;
  }

  get hasProcess(): boolean {
    return this.#child !== null;
  }

  /** When it was asked or answered for the last time, monotonic. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** Never rejects: what goes wrong is the answer. */
  call(head: CallHead, body: Buffer): Promise<Answer> {
    const { now, running, name } = this.#options;
    this.#usedAt = now();
    const key = `${name} ${head.method} ${head.request}`;
    const refusal = this.#refusal(running.deathsOf(key));
    if (refusal) return Promise.resolve(failed(head.id, refusal));
    return new Promise((resolve) => {
      const done = (answer: Answer) => resolve({ ...answer, head: { ...answer.head, id: head.id } });
      this.#waiting.push({ key, head, body, began: 0, done });
      this.#pump();
    });
  }

  /** Kills a process that answers nothing any more; called by a timer. */
  checkDeadlines(): void {
    const late = [...this.#running.values()].some(({ began }) => this.#options.now() - began > DEADLINE_MS);
    if (late) this.#child?.kill(`it answered nothing in ${DEADLINE_MS / 1000} s`);
    if (this.#suspendedUntil > 0 && this.#options.now() >= this.#suspendedUntil) this.#resume();
  }

  /** Ends its process, which has nothing to do. */
  rest(): void {
    if (this.#resting || !this.#child) return;
    this.#resting = true;
    this.#child.close();
  }

  /** Takes nothing more, and resolves when its process has ended. */
  async close(): Promise<void> {
    this.#suspendedUntil = Number.POSITIVE_INFINITY;
    this.#failWaiting(new HairemError('unavailable', 'the store process ends'));
    this.rest();
    await this.#child?.ended;
  }

  #refusal(deaths: number): HairemError | null {
    const { now } = this.#options;
    if (deaths >= MOST_DEATHS) return poison();
    if (this.#suspendedUntil > now()) return suspended();
    if (this.#waiting.length < MOST_WAITING) return null;
    return new HairemError('busy', `${MOST_WAITING} calls wait for this database already`);
  }

  #pump(): void {
    if (this.#waiting.length === 0 || this.#starting || this.#resting) return;
    if (!this.#child) void this.#start();
    else while (this.#isNextReady()) this.#run(this.#waiting.shift() as Job);
  }

  /** What was running at a death is run alone. */
  #isNextReady(): boolean {
    const [next] = this.#waiting;
    if (!next || !this.#child) return false;
    if (this.#running.size === 0) return true;
    const suspect = [next, ...this.#running.values()].some(({ key }) => this.#options.running.deathsOf(key) > 0);
    return !suspect && this.#running.size < MOST_AT_ONCE;
  }

  #run(job: Job): void {
    const id = this.#next++;
    job.began = this.#options.now();
    this.#running.set(id, job);
    this.#options.running.begin(job.key);
    this.#child?.send({ ...job.head, id }, job.body);
  }

  async #start(): Promise<void> {
    this.#starting = true;
    try {
      this.#giveBack = await this.#options.turn();
      const child = this.#options.spawn(this.#options.name, (head, body) => this.#onReply(head, body));
      void child.ended.then((why) => this.#onEnd(child, why));
      this.#child = child;
      await child.opened;
    } catch (thrown) {
      this.#failWaiting(thrown);
      if (!(thrown instanceof HairemError)) this.#countDeath(wordsOf(thrown));
    } finally {
      this.#starting = false;
    }
    this.#pump();
  }

  #onReply(head: ReplyHead, body: Buffer): void {
    const job = this.#running.get(head.id);
    if (!job) return;
    this.#running.delete(head.id);
    this.#options.running.end(job.key);
    this.#usedAt = this.#options.now();
    job.done({ head, body });
    this.#pump();
  }

  #onEnd(child: Child, why: string): void {
    if (this.#child !== child) return;
    this.#child = null;
    this.#resting = false;
    this.#giveBack();
    const jobs = [...this.#running.values()];
    this.#running.clear();
    if (jobs.length > 0) this.#onDeath(jobs, why);
    this.#pump();
  }

  #onDeath(jobs: readonly Job[], why: string): void {
    const { running, log, name } = this.#options;
    const methods = jobs.map(({ head }) => head.method);
    log.warn('a database process ended in the middle of a call', { database: name, why, methods });
    this.#options.onDeath(`its database process ended (${why}) while it ran ${described(jobs)}`);
    const [only] = jobs;
    if (only && jobs.length === 1) {
      running.condemn(only.key);
      only.done(failed(only.head.id, killed(why)));
    } else {
      for (const { key } of jobs) running.died(key);
      this.#waiting.unshift(...jobs);
    }
    this.#countDeath(why);
  }

  /** Also of one that never came up: it is not tried with each call. */
  #countDeath(why: string): void {
    const { now } = this.#options;
    this.#deaths = [...this.#deaths.filter((at) => now() - at < CRASH_WINDOW_MS), now()];
    if (this.#deaths.length >= MOST_CRASHES) this.#suspend(why);
  }

  #suspend(why: string): void {
    const { name, now, log, onTrouble } = this.#options;
    this.#suspendedUntil = now() + CRASH_WINDOW_MS;
    const message = `its database process ended ${this.#deaths.length} times within a minute, the last time: ${why}`;
    log.error('a database is closed for a minute', { database: name, why: message });
    onTrouble({ database: name, message });
    this.#failWaiting(suspended());
  }

  #resume(): void {
    this.#suspendedUntil = 0;
    this.#deaths = [];
    this.#options.onTrouble(null);
  }

  #failWaiting(thrown: unknown): void {
    const error = thrown instanceof HairemError ? thrown : new HairemError('unavailable', wordsOf(thrown));
    for (const { head, done } of this.#waiting.splice(0)) done(failed(head.id, error));
  }
}
