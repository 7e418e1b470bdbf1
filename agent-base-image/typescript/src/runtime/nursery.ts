/**
 * The tasks of an agent (BUNDLE.md, spawnTask): held until the instance is ACTIVE, watched, ended when it goes.
 *
 *   waiting ──► running ──► ended
 *                 │  └─crash─► crashed ──(restart: on-failure, after a while)──► running
 *                 └─stop─► cancelled, or stuck if it ignores its signal; both start again when ACTIVE again
 */
import type { Log, TaskSpec } from '../agent-host.ts';
import { causes } from './cause.ts';
import type { Clock } from './clock.ts';

export interface TaskReport {
  name: string;
  state: 'waiting' | 'running' | 'ended' | 'crashed' | 'cancelled' | 'stuck';
  /** RFC 3339. */
  since: string;
  error: string | null;
}

export interface Nursery {
  /** Throws if a task of that name is waiting or running. */
  add(spec: TaskSpec): void;
  start(): void;
  /** Resolves when all have ended, or are muted at the deadline. Never rejects. */
  stop(): Promise<void>;
  report(): TaskReport[];
}

interface Task {
  readonly spec: TaskSpec;
  state: TaskReport['state'];
  since: string;
  error: string | null;
  run: Run | null;
}

/** One life of a task. `mute` ends its right to send. */
interface Run {
  readonly controller: AbortController;
  readonly mute: AbortController;
  done: Promise<void>;
}

const STOP_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Tasks that have ended stay in the report, the newest of them. */
const MOST_ENDED = 20;

export function createNursery({ clock, log }: { clock: Clock; log: Log }): Nursery {
  const tasks = new Map<string, Task>();
  let on = false;
  let stopping: Promise<void> = Promise.resolve();

  const launch = (task: Task) => {
    const run: Run = { controller: new AbortController(), mute: new AbortController(), done: Promise.resolve() };
    task.run = run;
    run.done = live(task, run, { clock, log }).then(() => run.mute.abort());
  };
  const start = () => {
    on = true;
    stopping.then(() => {
      if (on) for (const task of tasks.values()) if (startsAgain(task)) launch(task);
    });
  };
  return {
    start,
    add(spec) {
      const known = tasks.get(spec.name);
      if (known && isLive(known)) throw new Error(`a task named ${spec.name} is there already`);
      forgetOldest(tasks);
      const task: Task = { spec, state: 'waiting', since: clock.timestamp(), error: null, run: null };
      tasks.delete(spec.name);
      tasks.set(spec.name, task);
      if (on) launch(task);
    },
    stop() {
      on = false;
      stopping = stopAll([...tasks.values()], { clock, log });
      return stopping;
    },
    report: () =>
      [...tasks.values()].map(({ spec, state, since, error }) => ({ name: spec.name, state, since, error })),
  };
}

interface Tools {
  clock: Clock;
  log: Log;
}

function isLive({ state, spec }: Task): boolean {
  return state === 'waiting' || state === 'running' || (state === 'crashed' && spec.restart === 'on-failure');
}

function startsAgain({ state, run }: Task): boolean {
  return (state === 'waiting' && run === null) || state === 'cancelled' || state === 'stuck';
}

function forgetOldest(tasks: Map<string, Task>): void {
  const over = (task: Task) => !isLive(task) && (task.state === 'ended' || task.state === 'crashed');
  const ended = [...tasks.values()].filter(over);
  const [oldest] = ended;
  if (ended.length >= MOST_ENDED && oldest) tasks.delete(oldest.spec.name);
}

/** From its start to its end, restarts included. Never rejects. */
async function live(task: Task, run: Run, { clock, log }: Tools): Promise<void> {
  const { signal } = run.controller;
  const note = (state: Task['state'], error: string | null = null) => {
    if (task.run === run) Object.assign(task, { state, error, since: clock.timestamp() });
  };
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    note('running');
    const startedAt = clock.now();
    const error = await attempt(task.spec, run);
    if (signal.aborted) return note('cancelled');
    if (!error) return note('ended');
    note('crashed', error.stack ?? error.message);
    log.error(`the task ${task.spec.name} crashed`, { task: task.spec.name, error });
    if (task.spec.restart !== 'on-failure') return;
    if (clock.now() - startedAt > LONGEST_PAUSE_MS) pause = FIRST_PAUSE_MS;
    await clock.sleep(pause, signal).catch(() => {});
    if (signal.aborted) return note('cancelled');
  }
}

async function attempt(spec: TaskSpec, run: Run): Promise<Error | null> {
  try {
    await causes.run({ kind: 'task', signal: run.mute.signal }, async () => spec.run(run.controller.signal));
    return null;
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  }
}

async function stopAll(tasks: readonly Task[], { clock, log }: Tools): Promise<void> {
  const runs = tasks.flatMap((task) => (task.run ? [task.run] : []));
  for (const run of runs) run.controller.abort(new Error('the task was cancelled'));
  const timer = new AbortController();
  await Promise.race([Promise.all(runs.map((run) => run.done)), clock.sleep(STOP_MS, timer.signal).catch(() => {})]);
  timer.abort();
  for (const task of tasks) {
    if (task.run && task.state === 'running') {
      task.run.mute.abort();
      Object.assign(task, { state: 'stuck', since: clock.timestamp(), error: 'it ignores its signal' });
      log.warn(`the task ${task.spec.name} is stuck: it ignores its signal`, { task: task.spec.name });
    }
  }
}
