/** The state machines of the two SDKs, fed the same random histories: the same actions, or the languages can be told apart. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { createFollower, step } from '../../../agent-base-image/typescript/src/follower/follower.ts';
import type { Limits } from '../../../agent-base-image/typescript/src/follower/state.ts';
import { withoutPython } from '../../run/needs.ts';
import { PYTHON, PYTHON_ENV, PYTHON_SDK } from '../../run/python.ts';
import { toEvent, type WrittenEvent, written } from '../../support/handover/play-case.ts';
import { type HistoryOptions, runHistory } from '../../support/handover/sim-history.ts';
import { wildHistory } from '../../support/handover/wild-history.ts';

/** What one machine was told, and what it did; without an event an instance begins. */
interface Line {
  inst: number;
  limits?: Limits;
  event?: object;
  actions?: object[];
}

async function playInPython(lines: readonly Line[]): Promise<object[][]> {
  const child = spawn(PYTHON, ['tests/play_lines.py'], {
    cwd: PYTHON_SDK,
    env: { ...process.env, ...PYTHON_ENV },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const played: object[][] = [];
  const reading = (async () => {
    for await (const line of createInterface({ input: child.stdout })) played.push(JSON.parse(line));
  })();
  for (const { inst, limits, event } of lines) child.stdin.write(`${JSON.stringify({ inst, limits, event })}\n`);
  child.stdin.end();
  await reading;
  return played;
}

async function assertSame(lines: readonly Line[]): Promise<void> {
  const steps = lines.filter(({ event }) => event);
  const played = await playInPython(lines);
  assert.equal(played.length, steps.length, 'Python stopped');
  for (const [at, { inst, event, actions }] of steps.entries()) {
    assert.deepEqual(played[at], JSON.parse(JSON.stringify(actions)), `step ${at}: ${inst} ${JSON.stringify(event)}`);
  }
}

function recorded(options: Partial<HistoryOptions>, seed: number): Line[] {
  const lines: Line[] = [];
  const known = new Set<number>();
  const ordinary = { messages: 150, followers: 2, swaps: 0.1, deaths: 0.003, poison: 0, asks: 0.2, stuck: 0.02 };
  runHistory({
    ...ordinary,
    ...options,
    seed,
    onStep(inst, event, actions) {
      if (!known.has(inst)) lines.push({ inst, limits: { entries: 1e6, bytes: 1e9 } });
      known.add(inst);
      lines.push({ inst, event, actions: actions.map(written) });
    },
  });
  return lines;
}

function wild(seed: number): { lines: Line[]; gone: boolean } {
  const limits = { entries: 120, bytes: 80_000 };
  const state = createFollower({ agent: 'electra', inst: 1, conn: 'c1', limits });
  const lines: Line[] = wildHistory(seed, 300).map((wild: WrittenEvent) => {
    const event = toEvent(wild);
    const actions = step(state, event).map(written);
    return { inst: 1, event, actions: JSON.parse(JSON.stringify(actions)) };
  });
  return { lines: [{ inst: 1, limits }, ...lines], gone: state.phase === 'GONE' };
}

const skip = await withoutPython();

describe('the Python and the Node machine do the same', { skip }, () => {
  test('in histories of swaps, deaths, cancels and poison', async () => {
    const seeds = [101, 102, 103, 104];
    const lines = seeds.flatMap((seed) => [
      ...recorded({}, seed),
      ...recorded({ poison: 0.02, followers: 4, swaps: 0, deaths: 0, stuck: 0 }, seed),
    ]);
    assert.ok(lines.length > 10_000, `${lines.length} steps`);
    assert.ok(
      lines.some(({ actions = [] }) => actions.map(kindOf).includes('abandoned')),
      'nothing was abandoned',
    );
    await assertSame(lines);
  });

  test('in histories that no bus would give', async () => {
    const histories = Array.from({ length: 150 }, (_, index) => wild(index + 1));
    const kinds = new Set(histories.flatMap(({ lines }) => lines.flatMap(({ actions }) => actions ?? [])).map(kindOf));
    const all = ['cancel', 'drop', 'exit', 'reply', 'run', 'start_tasks', 'stop_tasks', 'tick_soon'];
    const said = ['active', 'cancelled', 'cut_ack', 'cut_refused', 'drained', 'echo', 'gap', 'watermark'];
    for (const kind of [...all, ...said, 'prepared', 'standby']) assert.ok(kinds.has(kind), `no history has ${kind}`);
    assert.ok(histories.filter(({ gone }) => !gone).length > 20, 'too few live to the end');
    await assertSame(histories.flatMap(({ lines }) => lines));
  });
});

function kindOf(action: object): string {
  const { do: kind, message } = action as { do: string; message?: { type: string } };
  return message?.type ?? kind;
}
