/** Runs inside each test process: sends every test's end to `tests/run.ts` over the process channel. */
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/** What one test process says, one message per test and one for the whole file. */
export type Told =
  | { kind: 'test'; name: string; ok: boolean; skipped: boolean; ms: number; nesting: number; error: string | null }
  | { kind: 'summary'; passed: number; failed: number; skipped: number };

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const told = tell(event);
    if (told) await send(told);
  }
  yield '';
}

/** Resolves when it has left: the process may be made to end behind the last one. */
function send(told: Told): Promise<void> {
  return new Promise((resolve) => {
    if (process.send) process.send(told, () => resolve());
    else resolve();
  });
}

function tell(event: TestEvent): Told | null {
  if (event.type === 'test:summary') {
    const { tests, passed, skipped, todo } = event.data.counts;
    return { kind: 'summary', passed, failed: tests - passed - skipped - todo, skipped: skipped + todo };
  }
  if (event.type !== 'test:pass' && event.type !== 'test:fail') return null;
  const { name, nesting, details } = event.data;
  const error = event.type === 'test:fail' ? explain(event.data.details.error) : null;
  const skipped = event.data.skip !== undefined || event.data.todo !== undefined;
  return { kind: 'test', name, ok: error === null, skipped, ms: details.duration_ms, nesting, error };
}

/** The runner wraps what a test threw; the stack of the cause is what a reader wants. */
function explain(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? inspect(cause) : String(cause ?? error.message);
}
