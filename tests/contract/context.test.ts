/** The Node SDK answers contract/context.json, and any two that write at once come to the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { createContext, type OwnContext } from '../../agent-base-image/typescript/src/runtime/context.ts';
import {
  type ContextSaying,
  createExchange,
  type Exchange,
} from '../../agent-base-image/typescript/src/runtime/context-exchange.ts';
import { readContext } from '../../agent-base-image/typescript/src/runtime/wire.ts';
import type { ContextWord } from '../../agent-base-image/typescript/src/runtime/words.ts';
import { aMessage } from '../support/fakes/fake-agent-host.ts';
import { seeded } from '../support/handover/random.ts';

type Fields = Record<string, unknown>;
interface Step {
  do: string;
  [field: string]: unknown;
}

const file = new URL('../../agent-base-image/contract/context.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: { name: string; steps: Step[] }[] };
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

function anInstance(): { ctx: OwnContext; exchange: Exchange } {
  const ctx = createContext({ agent: 'electra', timestamp: () => 'now' });
  return { ctx, exchange: createExchange(ctx, QUIET) };
}

const entry = (id: string) => ({ id, role: 'user', text: 'hello', who: 'user', when: 'now' });

/** As the bus would bring it: written, and read again. */
function word(given: Fields): ContextWord {
  const history = ((given.history ?? []) as string[]).map(entry);
  const whole = { inst: 9, n: 1, whole: false, cut: null, set: [], gone: [], user: null, ...given, history };
  const read = readContext(`st:electra:${whole.inst}`, JSON.stringify({ type: 'context', ...whole }));
  assert.ok(read);
  return read;
}

function play({ ctx, exchange }: ReturnType<typeof anInstance>, step: Step): void {
  const is = step.is as never;
  switch (step.do) {
    case 'set':
      ctx.state.set(String(step.key), step.value);
      break;
    case 'delete':
      ctx.state.delete(String(step.key));
      break;
    case 'message':
      ctx.noteHeard(
        aMessage({ id: String(step.id), payload: { content: step.content }, sender: { agent_id: 'user' } }),
      );
      break;
    case 'say':
      assert.deepEqual(
        shown(exchange.news({ whole: step.whole === true, cut: (step.cut ?? null) as null })),
        step.says,
      );
      break;
    case 'settle':
      exchange.settle(word({ n: step.n }));
      break;
    case 'hear':
      exchange.hear(word(step.word as Fields), step.as as 'owner');
      break;
    case 'take_over':
      exchange.takeOver();
      break;
    case 'state':
      assert.deepEqual(Object.fromEntries(ctx.state), is);
      break;
    case 'history':
      assert.deepEqual(
        ctx.history.map(({ id }) => id),
        is,
      );
      break;
    case 'user':
      assert.equal(ctx.user, is);
      break;
    default:
      assert.fail(`no such step: ${step.do}`);
  }
}

/** Without what is empty, as the file writes it. */
function shown(said: ContextSaying | null): Fields | null {
  if (!said) return null;
  const { type, history, ...rest } = said;
  const all = { ...rest, history: history.map(({ id }) => id) };
  const isEmpty = (value: unknown) => value === null || value === false || (Array.isArray(value) && value.length === 0);
  return JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(all).filter(([, value]) => !isEmpty(value)))));
}

describe('contract/context.json', () => {
  for (const { name, steps } of cases) {
    test(name, () => {
      const instance = anInstance();
      for (const step of steps) play(instance, step);
    });
  }
});

/** Words in flight: what each said, in the one order in which all hear them. */
function atOnce(seed: number): void {
  const random = seeded(seed);
  const all = [1, 2, 3].map((inst) => ({
    inst,
    role: inst < 3 ? ('owner' as const) : ('follower' as const),
    ...anInstance(),
  }));
  const stream: ContextWord[] = [];
  const heard = new Map(all.map(({ inst }) => [inst, 0]));
  const listen = (one: (typeof all)[number]) => {
    const next = stream[heard.get(one.inst) ?? 0];
    if (!next) return false;
    heard.set(one.inst, (heard.get(one.inst) ?? 0) + 1);
    if (next.inst === one.inst) one.exchange.settle(next);
    else one.exchange.hear(next, one.role);
    return true;
  };
  const say = ({ inst, exchange }: (typeof all)[number]) => {
    const said = exchange.news({ whole: false, cut: null });
    if (said) stream.push(JSON.parse(JSON.stringify({ ...said, inst })));
  };
  for (let n = 0; n < 200; n += 1) {
    const writer = random.pick(all.slice(0, 2));
    const key = random.pick(['a', 'b', 'c']) ?? 'a';
    if (writer && random.chance(0.3)) writer.ctx.state.set(key, `${writer.inst} wrote ${n}`);
    if (writer && random.chance(0.05)) writer.ctx.state.delete(key);
    if (writer && random.chance(0.3)) say(writer);
    const listener = random.pick(all);
    if (listener && random.chance(0.6)) listen(listener);
  }
  for (const one of all.slice(0, 2)) say(one);
  for (const one of all) while (listen(one));
  const [first, ...others] = all.map(({ ctx }) => Object.fromEntries([...ctx.state].sort()));
  for (const other of others) assert.deepEqual(other, first, `seed ${seed}`);
  const last = new Map<string, unknown>();
  for (const { set, gone } of stream) {
    for (const key of gone) last.delete(key);
    for (const [key, value] of set) last.set(key, value);
  }
  assert.deepEqual(Object.fromEntries([...last].sort()), first, `seed ${seed}: the last word of each key`);
}

test('two that write at once, and one that follows, come to the same: the last word of each key', () => {
  for (let seed = 1; seed <= 300; seed += 1) atOnce(seed);
});
