/** Who is to blame: nobody is said to be silent who was never asked, or who has answered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busError } from '../../../orchestrator/src/bus/redis-bus.ts';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { storeError } from '../../../orchestrator/src/store/surreal/errors.ts';

const called = (name: string, message: string, fields: object = {}) =>
  Object.assign(new Error(message), { name, ...fields });
const tooDeep = new RangeError('Maximum call stack size exceeded');
const refused = called('Error', 'connect ECONNREFUSED /x', { code: 'ECONNREFUSED' });

const BUS: readonly [thrown: unknown, code: string, words: RegExp][] = [
  [refused, 'bus_unavailable', /^Redis did not answer: connect ECONNREFUSED/],
  [new Error('Connection is closed.'), 'bus_unavailable', /^Redis did not answer: Connection is closed\.$/],
  [new Error('Command timed out'), 'bus_unavailable', /^Redis did not answer: Command timed out$/],
  ['it is away', 'bus_unavailable', /^Redis did not answer: it is away$/],
  [called('ReplyError', 'OOM command not allowed'), 'bus_unavailable', /^Redis refused it: OOM command not allowed$/],
  [called('ReplyError', 'NOPERM this user'), 'bus_unavailable', /^Redis refused it: NOPERM/],
  [tooDeep, 'internal', /^Maximum call stack size exceeded$/],
  [new TypeError('x is not a function'), 'internal', /^x is not a function$/],
  [new HairemError('too_large', 'the message has 3 bytes'), 'too_large', /^the message has 3 bytes$/],
];

const STORE: readonly [thrown: unknown, code: string, words: RegExp][] = [
  [refused, 'unavailable', /^S does not answer: connect ECONNREFUSED/],
  [called('ConnectionUnavailableError', 'You must be connected'), 'unavailable', /^S does not answer: You must/],
  [called('CallTerminatedError', 'The call was terminated'), 'unavailable', /^S does not answer: The call/],
  [
    new Error('no connection in 20 s; is another process using it?'),
    'unavailable',
    /^S does not answer: no connection/,
  ],
  [called('Error', 'disk quota exceeded'), 'unavailable', /^S failed: disk quota exceeded$/],
  [
    { name: 'CborNumberError', message: 'BigInt too big to be encoded' },
    'bad_request',
    /^S cannot hold such a value: BigInt too/,
  ],
  [{ name: 'CborInvalidMajorError', message: 'x' }, 'bad_request', /^S cannot hold such a value: x$/],
  [
    called('InvalidDateError', 'The provided date is invalid'),
    'bad_request',
    /^S cannot hold such a value: The provided/,
  ],
  [
    called('Error', 'Expected object key to be a string', { code: 'GenericFailure' }),
    'bad_request',
    /^S cannot hold such a value/,
  ],
  [tooDeep, 'bad_request', /^S cannot hold such a value: Maximum call stack/],
  [{}, 'unavailable', /^S failed: an object without a word was thrown$/],
  [undefined, 'unavailable', /^S failed: undefined was thrown$/],
  [called('ValidationError', 'Parse error: x', { kind: 'Validation' }), 'bad_request', /^Parse error: x$/],
  [called('NotAllowedError', 'IAM error', { kind: 'NotAllowed' }), 'refused', /^IAM error$/],
  [called('QueryError', 'The query exceeded the timeout', { kind: 'Query' }), 'timeout', /timeout/],
  [called('QueryError', 'Transaction conflict: x', { kind: 'Query' }), 'conflict', /at the same time/],
];

for (const [thrown, code, words] of BUS) {
  test(`the bus: ${words.source}`, () => {
    const error = busError(thrown);
    assert.equal(error.code, code);
    assert.match(error.message, words);
  });
}

for (const [thrown, code, words] of STORE) {
  test(`the store: ${words.source} (${code})`, () => {
    const error = storeError(thrown, 'S');
    assert.equal(error.code, code);
    assert.match(error.message, words);
  });
}
