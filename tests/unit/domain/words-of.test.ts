/** Whatever is thrown is said, in both packages: one row a way to be thrown. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import * as z from 'zod';
import { errorOf, reasonOf } from '../../../agent-base-image/typescript/src/thrown.ts';
import { codesIn } from '../../../orchestrator/src/domain/errors/error-codes.ts';
import * as core from '../../../orchestrator/src/domain/errors/error-text.ts';
import { asHairemError, HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { isMistake, isNoAnswer } from '../../../orchestrator/src/domain/errors/no-answer.ts';

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
const nameless = (fields: object) => Object.assign(new Error(''), fields);
const cyclic: Record<string, unknown> = {};
cyclic.cause = cyclic;
cyclic.self = cyclic;
const loop = new Error('round');
loop.cause = new Error('again', { cause: loop });
const evil = {
  get message(): string {
    throw new Error('no');
  },
  get code(): string {
    throw new Error('no');
  },
};
const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error('no');
    },
    getPrototypeOf() {
      throw new Error('no');
    },
    ownKeys() {
      throw new Error('no');
    },
  },
);
const revoked = Proxy.revocable([], {});
revoked.revoke();
const { error: zodError } = z.object({ a: z.number(), b: z.object({ c: z.string() }) }).safeParse({ a: 'x', b: {} });
const chain = (levels: number): Error =>
  levels === 0 ? new Error('the root') : new Error(`level ${levels}`, { cause: chain(levels - 1) });

const THROWN: Readonly<Record<string, [thrown: unknown, words: string | RegExp]>> = {
  'an error': [new Error('too late'), 'too late'],
  'an error of another realm': [runInNewContext("new Error('there')"), 'there'],
  'an error without a message': [new Error(''), 'Error without a word'],
  'a class of its own without a message': [
    new (class QueueFull extends Error {})(),
    /^(?:QueueFull|Error) without a word$/,
  ],
  'an error with a cause': [
    new Error('fetch failed', { cause: refused }),
    'fetch failed: connect ECONNREFUSED 127.0.0.1:1',
  ],
  'an error that repeats its cause': [
    new Error('it broke: too late', { cause: new Error('too late') }),
    'it broke: too late',
  ],
  'a cause that is a text': [new Error('it broke', { cause: 'the lamp' }), 'it broke: the lamp'],
  'a long chain of causes': [chain(100), /^level 100: level 99: .*/],
  'a cause of itself': [loop, 'round: again'],
  'one of ours': [new HairemError('timeout', 'no reply in 3 s', { cause: refused }), 'no reply in 3 s'],
  'several in one without a message': [
    new AggregateError([refused, refused, new Error('or so')]),
    'connect ECONNREFUSED 127.0.0.1:1; or so',
  ],
  'several in one with a message': [new AggregateError([new Error('no lamp')], 'all failed'), 'all failed: no lamp'],
  'none in one': [new AggregateError([]), 'AggregateError without a word'],
  'a hundred in one': [
    new AggregateError(Array.from({ length: 100 }, (_, n) => new Error(`e${n}`))),
    'e0; e1; e2; e3; and 96 more',
  ],
  'an abort': [AbortSignal.abort().reason, 'This operation was aborted'],
  'a timeout': [new DOMException('The operation timed out.', 'TimeoutError'), 'The operation timed out.'],
  'a DOMException without words': [new DOMException('', 'DataCloneError'), 'DataCloneError without a word'],
  'a code without words': [nameless({ code: 'EBUSY' }), 'EBUSY'],
  'a code beside words': [
    Object.assign(new Error('bad argument'), { code: 'ERR_INVALID_ARG_TYPE' }),
    'bad argument (ERR_INVALID_ARG_TYPE)',
  ],
  undefined: [undefined, 'undefined was thrown'],
  null: [null, 'null was thrown'],
  'a number': [42, '42 was thrown'],
  'a symbol': [Symbol('x'), 'Symbol(x) was thrown'],
  'a bigint': [10n, '10 was thrown'],
  'a function': [() => 1, 'a function was thrown'],
  'a text': ['no lamp', 'no lamp'],
  'an empty text': ['  ', 'an empty text was thrown'],
  'an object with a message': [
    { message: 'BigInt too big to be encoded', name: 'CborNumberError' },
    'BigInt too big to be encoded',
  ],
  'an object with an error in it': [{ error: { message: 'no such model', type: 'x' } }, 'no such model'],
  'an object with an error text': [{ error: 'no such model' }, 'no such model'],
  'an object with details': [{ detail: 'a field is missing' }, 'a field is missing'],
  'an object with a code': [{ code: 'E_NO' }, 'E_NO'],
  'an object with other fields': [{ status: 500 }, '{"status":500}'],
  'an empty object': [{}, 'an object without a word was thrown'],
  'an object without a prototype': [Object.create(null), 'an object without a word was thrown'],
  'a list': [[1, 2], '[1,2]'],
  'what contains itself': [cyclic, 'an object without a word was thrown'],
  'an error whose message is none': [Object.assign(new Error('x'), { message: 7 }), 'Error without a word'],
  'what throws when it is asked': [evil, 'an object without a word was thrown'],
  'what throws whatever is done': [hostile, 'an object without a word was thrown'],
  'a revoked Proxy': [revoked.proxy, 'an object without a word was thrown'],
  'what zod says': [zodError, /^a: Invalid input.*; b\.c: Invalid input/],
  'an endless text': ['x'.repeat(1e6), /^x{2000}…$/],
  'an endless message': [new Error('x'.repeat(1e6)), /^x{2000}…$/],
};

for (const [name, { wordsOf, asError }] of Object.entries({
  orchestrator: core,
  SDK: { wordsOf: reasonOf, asError: errorOf },
})) {
  describe(`words of the ${name}`, () => {
    for (const [what, [thrown, words]] of Object.entries(THROWN)) {
      test(what, () => {
        const said = wordsOf(thrown);
        if (typeof words === 'string') assert.equal(said, words);
        else assert.match(said, words);
        assert.ok(said.length > 0 && said.length <= 2001);
        assert.ok(!said.includes('[object Object]'));
        assert.ok(core.isError(asError(thrown)));
        assert.ok(Array.isArray(codesIn(thrown)));
      });
    }
  });
}

test('whatever was thrown is one of our errors in the end', () => {
  for (const [thrown] of Object.values(THROWN)) assert.ok(asHairemError(thrown) instanceof HairemError);
});

const code = (name: string) => Object.assign(new Error('x'), { code: name });

test('silence is what the connection says, and never a mistake', async () => {
  const nobody = await new Promise((resolve) => connect({ host: '127.0.0.1', port: 1 }).once('error', resolve));
  const wrapped = Object.assign(new TypeError('fetch failed'), { cause: nobody });
  const several = Object.assign(new AggregateError([code('ETIMEDOUT')]), { code: 'ETIMEDOUT' });
  for (const silent of [nobody, wrapped, several, code('EPIPE'), code('EAI_AGAIN')]) {
    assert.deepEqual([isNoAnswer(silent), isMistake(silent)], [true, false]);
  }
  for (const mistake of [
    new RangeError('Maximum call stack size exceeded'),
    new TypeError('x is not a function'),
    zodError,
  ]) {
    assert.deepEqual([isNoAnswer(mistake), isMistake(mistake)], [false, true]);
  }
  for (const other of [new Error('x'), { message: 'x' }, null, code('E_OTHER')]) {
    assert.deepEqual([isNoAnswer(other), isMistake(other)], [false, false]);
  }
});
