/** A CrewControl that notes what it is asked and answers what the test says. */
import type { CrewControl } from '../../../orchestrator/src/domain/ports/agents-control.ts';
import type { LogLine } from '../../../orchestrator/src/domain/ports/ports.ts';
import type { Allowance } from '../../../orchestrator/src/domain/trust.ts';

type LogOptions = Parameters<CrewControl['logs']>[1];

export interface FakeControl extends CrewControl {
  /** One line per call, for example `intend echo restart`. */
  readonly calls: string[];
  /** Thrown by every call from now on. */
  fail(error: unknown): void;
  reply: unknown;
  /** What waits for a person's word. */
  waiting: Allowance;
  /** What `logs` gives, before it ends or, with `follow`, waits for its signal. */
  lines: LogLine[];
  /** Thrown after the lines. */
  logError: unknown;
  /** Says something to the user, as an agent would. */
  say(message: unknown): void;
  /** Resolves when a followed log has been let go. */
  readonly released: Promise<void>;
}

export function fakeControl(): FakeControl {
  let failure: unknown;
  const calls: string[] = [];
  const listeners = new Set<(message: unknown) => void>();
  const released = Promise.withResolvers<void>();
  const called = async (...words: readonly unknown[]) => {
    calls.push(words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word))).join(' '));
    if (failure !== undefined) throw failure;
  };
  async function* logs(id: string, { tail, follow, since, signal }: LogOptions): AsyncIterable<LogLine> {
    await called('logs', id, { tail, follow, since });
    yield* control.lines;
    if (control.logError !== undefined) throw control.logError;
    if (follow) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    released.resolve();
  }
  const control: FakeControl = {
    calls,
    reply: null,
    waiting: { hash: null, because: null, asks: [], gives_up: [] },
    lines: [],
    logError: undefined,
    released: released.promise,
    fail(error) {
      failure = error;
    },
    intend: (id, intent) => called('intend', id, intent),
    setActive: (id, active) => called('setActive', id, active),
    async allowance(id) {
      await called('allowance', id);
      return control.waiting;
    },
    allow: (id, hash) => called('allow', id, hash),
    async plan(id) {
      await called('plan', id);
      return `nothing to do for ${id}\n`;
    },
    logs,
    async send(id, message, waitMs) {
      await called('send', id, message, waitMs);
      return { id: '0.m1', reply: waitMs === null ? null : control.reply };
    },
    whyLost: () => null,
    onUserMessage(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    say(message) {
      for (const listener of listeners) listener(message);
    },
    removeAll: () => called('removeAll'),
  };
  return control;
}
