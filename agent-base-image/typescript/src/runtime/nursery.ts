/**
 * The tasks of an agent (BUNDLE.md, spawnTask): held until the instance is ACTIVE, watched, ended when it is not any
 * more. Under one name there is never more than one that runs: what ignores its cancellation keeps its name.
 */
import type { TaskSpec } from '../agent-host.ts';
import { beginRun, enter, type Task, type TaskState, type TaskTools } from './task-run.ts';

export interface TaskReport {
  name: string;
  state: TaskState;
  /** RFC 3339. */
  since: string;
  error: string | null;
}

export interface Nursery {
  /** Throws for a name that is none, or is in use, and when there are too many. */
  add(spec: TaskSpec): void;
  /** Begins what waits, and again what was cancelled, once `ready` has resolved. */
  start(ready?: Promise<void> | null): void;
  /** Resolves when all have ended, or are muted at the deadline. Never rejects. */
  stop(): Promise<void>;
  report(): TaskReport[];
  /** Names of those that should run now and cannot: only a fresh instance can begin them. */
  hindered(): string[];
}

const STOP_MS = 5_000;
/** Tasks that have ended stay in the report, the newest of them. */
const MOST_ENDED = 20;
/** All of them are in every heartbeat. */
const MOST = 100;
/** Shown to people, so it can be printed; not more is asked of it. */
const NAME = /^(?!\s)[^\p{C}\p{Zl}\p{Zp}]{1,64}(?<!\s)$/u;
const IGNORES = 'it ignores its signal';

export function createNursery(tools: TaskTools): Nursery {
  const { clock } = tools;
  const tasks = new Map<string, Task>();
  let on = false;
  let turn = 0;

  const offer = (task: Task) => {
    if (on && tasks.get(task.spec.name) === task && startsAgain(task)) beginRun(task, tools, () => offer(task));
  };
  return {
    add(spec) {
      mustBeFree(tasks, spec.name);
      forgetOldest(tasks);
      const task: Task = { spec, state: 'waiting', since: clock.timestamp(), error: null, run: null };
      tasks.delete(spec.name);
      tasks.set(spec.name, task);
      offer(task);
    },
    start(ready) {
      turn += 1;
      const mine = turn;
      const begin = () => {
        if (turn !== mine) return; // stopped meanwhile
        on = true;
        for (const task of tasks.values()) offer(task);
      };
      if (ready) ready.then(begin);
      else begin();
    },
    stop() {
      turn += 1;
      on = false;
      return stopAll([...tasks.values()], tools);
    },
    report: () =>
      [...tasks.values()].map(({ spec, state, since, error }) => ({ name: spec.name, state, since, error })),
    hindered: () =>
      (on ? [...tasks.values()].filter(({ state }) => state === 'stuck') : []).map(({ spec }) => spec.name),
  };
}

function mustBeFree(tasks: ReadonlyMap<string, Task>, name: string): void {
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new TypeError(
      `not a name of a task: ${name}; it has 1 to 64 characters that can be printed, none a space at its ends`,
    );
  }
  const known = tasks.get(name);
  if (known && isLive(known)) throw new Error(`a task named ${name} is there already (${known.state})`);
  if ([...tasks.values()].filter(isLive).length >= MOST) throw new Error(`there are ${MOST} tasks already`);
}

function isLive({ state }: Task): boolean {
  return state === 'waiting' || state === 'running' || state === 'backoff' || state === 'stuck';
}

/** Only once nothing of its last run is left: else there would be two. */
function startsAgain({ state, run }: Task): boolean {
  return run === null ? state === 'waiting' : run.over && state === 'cancelled';
}

function forgetOldest(tasks: Map<string, Task>): void {
  const ended = [...tasks.values()].filter(({ state }) => state === 'done' || state === 'failed');
  const oldest = ended[0];
  if (oldest && ended.length >= MOST_ENDED) tasks.delete(oldest.spec.name);
}

/** One that was stuck before is not waited for again. */
async function stopAll(tasks: readonly Task[], { clock, log }: TaskTools): Promise<void> {
  const running = tasks.flatMap((task) =>
    task.run && !task.run.over && task.state !== 'stuck' ? [{ task, run: task.run }] : [],
  );
  for (const { run } of running) run.controller.abort(new Error('the task was cancelled'));
  const timer = new AbortController();
  const ended = Promise.all(running.map(({ run }) => run.done));
  await Promise.race([ended, clock.sleep(STOP_MS, timer.signal).catch(() => {})]);
  timer.abort();
  for (const { task, run } of running) {
    if (run.over || task.state === 'stuck') continue;
    run.mute.abort();
    enter(task, 'stuck', { clock, error: IGNORES });
    log.warn(`the task ${task.spec.name} is stuck: ${IGNORES}`, { task: task.spec.name });
  }
}
