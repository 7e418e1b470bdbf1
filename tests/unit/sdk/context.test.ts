/** `ctx`: what an agent keeps of what was said, and a state that can always be handed to the next instance. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Message } from '../../../agent-base-image/typescript/src/message.ts';
import { createContext, type OwnContext } from '../../../agent-base-image/typescript/src/runtime/context.ts';
import { aMessage } from '../../support/fakes/fake-agent-host.ts';

let ctx: OwnContext;

beforeEach(() => {
  ctx = createContext({ agent: 'electra', timestamp: () => 'now' });
});

const heard = (id: string, content: unknown, more: Partial<Message> = {}) =>
  ctx.noteHeard(aMessage({ id, payload: { content }, sender: { agent_id: 'bob' }, ...more }));

describe('ctx.history', () => {
  test('holds what was said to the agent and by it, with role, text, who and when', () => {
    heard('m1', 'hello');
    ctx.noteSaid(
      aMessage({ id: 'm2', type: 'narrative.text', payload: { content: 'hi' }, sender: { agent_id: 'electra' } }),
    );
    ctx.remember({ role: 'system', text: 'the theme is winter' });
    const when = '2030-01-01T00:00:00Z';
    assert.deepEqual(
      ctx.history.map(({ id, ...entry }) => entry),
      [
        { role: 'user', text: 'hello', who: 'bob', when },
        { role: 'assistant', text: 'hi', who: 'electra', when },
        { role: 'system', text: 'the theme is winter', who: 'electra', when: 'now' },
      ],
    );
  });

  test('leaves out commands, signals and what has no text, and what it has already', () => {
    heard('m1', 'hello');
    heard('m1', 'hello');
    heard('m2', 'on', { type: 'expert.command' });
    heard('m3', 'x', { type: 'system.log' });
    heard('m4', 7);
    assert.deepEqual(
      ctx.history.map(({ id }) => id),
      ['m1'],
    );
  });

  test('keeps the newest 50', () => {
    for (let n = 0; n < 60; n += 1) heard(`m${n}`, 'hello');
    assert.equal(ctx.history.length, 50);
    assert.equal(ctx.history[0]?.id, 'm10');
  });

  test('keeps 128 KiB, and cuts one long text', () => {
    for (let n = 0; n < 20; n += 1) heard(`m${n}`, 'é'.repeat(16_384));
    assert.equal(ctx.history.length, 3);
    heard('long', `${'x'.repeat(16_383)}😀 and more`);
    assert.equal(ctx.history.at(-1)?.text, `${'x'.repeat(16_383)}…`);
  });
});

describe('ctx.user', () => {
  test('is who spoke last as the user', () => {
    assert.equal(ctx.user, null);
    heard('m1', 'hello', { sender: { agent_id: 'user' } });
    assert.equal(ctx.user, 'user');
    ctx.noteHeard(aMessage({ payload: { content: 'hello', user: 'ada' }, sender: { agent_id: 'user' } }));
    heard('m2', 'hello', { type: 'narrative.text' });
    assert.equal(ctx.user, 'ada');
  });
});

describe('ctx.state', () => {
  test('is a map of JSON values', () => {
    ctx.state.set('lamp', { on: true, scenes: ['dim', null, 1.5], name: undefined });
    assert.deepEqual([...ctx.state.keys()], ['lamp']);
    ctx.state.delete('lamp');
    assert.equal(ctx.state.size, 0);
  });

  for (const [name, value, says] of [
    ['a function', { on: [() => 1] }, /"lamp": a function at \.on\[0\] is not JSON/],
    ['a date', new Date(0), /"lamp": a Date is not JSON/],
    ['not a number', { level: Number.NaN }, /"lamp": NaN at \.level is not JSON/],
    ['undefined', undefined, /"lamp": an undefined is not JSON/],
  ] as const) {
    test(`refuses ${name}, and says where it is`, () => {
      assert.throws(() => ctx.state.set('lamp', value), { name: 'TypeError', message: says });
      assert.equal(ctx.state.size, 0);
    });
  }

  test('refuses what contains itself', () => {
    const loop: Record<string, unknown> = {};
    loop.again = loop;
    assert.throws(() => ctx.state.set('loop', loop), /deeper than 64 levels, or contains itself/);
  });

  test('refuses what would be more than 128 KiB in all, and keeps what was there', () => {
    ctx.state.set('a', 'x'.repeat(100_000));
    const says = /with "b" it would be 147 KiB, it may be 128 KiB: what is larger belongs in memory or in \/data/;
    assert.throws(() => ctx.state.set('b', 'x'.repeat(50_000)), { name: 'RangeError', message: says });
    ctx.state.set('a', 'small');
    ctx.state.set('b', 'x'.repeat(50_000));
    ctx.state.clear();
    ctx.state.set('c', 'x'.repeat(120_000));
    assert.deepEqual([...ctx.state.keys()], ['c']);
  });
});
