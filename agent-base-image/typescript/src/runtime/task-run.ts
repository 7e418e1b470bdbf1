/**
 * One task of the nursery, from its start to its end, restarts included.
 *
 *   waiting ──► running ──► done
 *                 │ ▲ └─ fails ─► failed, or with restart: on-failure
 *                 │ └── 1 s, 2 s, 4 s … ── backoff
 *                 └─ cancelled ─► cancelled, or stuck if it ignores its signal
 */
import type { Log, TaskSpec } from '../agent-host.ts';
import { errorOf } from '../thrown.ts';
import { causes } from './cause.ts';
import type { Clock } from './clock.ts';

export type TaskState = 'waiting' | 'running' | 'backoff' | 'done' | 'failed' | 'cancelled' | 'stuck';

export interface Task {
  readonly spec: TaskSpec;
  state: TaskState;
  /** RFC 3339. */
  since: string;
  error: string | null;
  run: Run | null;
}

/** One run of the code; with a restart policy it may be called several times. `mute` ends its right to send. */
export interface Run {
  readonly controller: AbortController;
  readonly mute: AbortController;
  /** True when none of its code runs any more. */
  over: boolean;
  done: Promise<void>;
}

export interface TaskTools {
  clock: Clock;
  log: Log;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** It goes into every heartbeat. */
const LONGEST_ERROR = 4_000;

export function enter(task: Task, state: TaskState, { error = null, clock }: { error?: string | null; clock: Clock }) {
  Object.assign(task, { state, since: clock.timestamp(), error: error?.slice(0, LONGEST_ERROR) ?? null });
}

/** @param onOver called when the run has ended */
export function beginRun(task: Task, tools: TaskTools, onOver: () => void): void {
  const controller = new AbortController();
  const run: Run = { controller, mute: new AbortController(), over: false, done: Promise.resolve() };
  task.run = run;
  run.done = live(task, run, tools).then(() => {
    run.over = true;
    run.mute.abort();
    onOver();
  });
}

/** Never rejects. */
async function live(task: Task, { controller: { signal }, mute }: Run, { clock, log }: TaskTools): Promise<void> {
  const { spec } = task;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    enter(task, 'running', { clock });
    const startedAt = clock.now();
    const error = await attempt(spec, { signal, mute });
    if (signal.aborted) return enter(task, 'cancelled', { clock });
    if (!error) return enter(task, 'done', { clock });
    log.error(`the task ${spec.name} failed`, { task: spec.name, error });
    const again = spec.restart === 'on-failure';
    enter(task, again ? 'backoff' : 'failed', { clock, error: error.stack ?? error.message });
    if (!again) return;
    if (clock.now() - startedAt > LONGEST_PAUSE_MS) pause = FIRST_PAUSE_MS;
    await clock.sleep(pause, signal).catch(() => {});
    if (signal.aborted) return enter(task, 'cancelled', { clock });
  }
}

async function attempt(
  spec: TaskSpec,
  { signal, mute }: { signal: AbortSignal; mute: AbortController },
): Promise<Error | null> {
  try {
    await causes.run({ kind: 'task', signal: mute.signal }, async () => spec.run(signal));
    return null;
  } catch (thrown) {
    return errorOf(thrown);
  }
}
