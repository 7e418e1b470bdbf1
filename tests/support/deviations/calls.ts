/** How providers say which tools a model wants. */
import type { Raw } from '../servers/llm-server.ts';
import { A, type Deviation, DONE, delta, END, events, type Fields, part, row, whole } from './said.ts';

export const calling = (...parts: Fields[]) =>
  events(...parts.map((one) => delta({ tool_calls: [one] })), delta({}, 'tool_calls'), DONE);
const B: [string, string] = ['b', '{"y":2}'];
/** The tools that these questions offer. */
export const TOOLS = ['a', 'b', 'lights_on'].map((name) => ({ type: 'function', function: { name } }));

const calls = (name: string, says: Raw, ...list: [string, string][]) => row(name, says, { calls: list });
export const called = (name: string, args: unknown, more: Fields = {}) => ({
  ...more,
  function: { name, arguments: args },
});

export const CALLS: Deviation[] = [
  calls('index 0 for both (Gemini, Ollama)', calling(part(0, 'p', 'a', A[1]), part(0, 'q', 'b', B[1])), A, B),
  calls('no index, other ids', calling(part(null, 'p', 'a', A[1]), part(null, 'q', 'b', B[1])), A, B),
  calls('no index, no ids, other names', calling(part(null, null, 'a', A[1]), part(null, null, 'b', B[1])), A, B),
  calls('no index, no ids, the same name', calling(part(null, null, 'a', A[1]), part(null, null, 'a', '{}')), A, [
    'a',
    '{}',
  ]),
  calls(
    'no index, in pieces',
    calling(
      part(null, 'p', 'a', '{"x"'),
      part(null, null, null, ':1}'),
      part(null, 'q', 'b', '{"y"'),
      part(null, null, null, ':2}'),
    ),
    A,
    B,
  ),
  calls(
    'no index, mixed, told apart by their ids',
    calling(
      part(null, 'p', 'a', '{"x"'),
      part(null, 'q', 'b', '{"y"'),
      part(null, 'p', null, ':1}'),
      part(null, 'q', null, ':2}'),
    ),
    A,
    B,
  ),
  calls(
    'mixed, told apart by index',
    calling(
      part(0, 'p', 'a', '{"x"'),
      part(1, 'q', 'b', '{"y"'),
      part(0, null, null, ':1}'),
      part(1, null, null, ':2}'),
    ),
    A,
    B,
  ),
  calls(
    'the same name twice, without arguments, other ids',
    calling(part(0, 'p', 'a', ''), part(0, 'q', 'a', '')),
    ['a', '{}'],
    ['a', '{}'],
  ),
  calls(
    'index as a text',
    calling(part('0', 'p', 'a', '{"x"'), part('1', 'q', 'b', B[1]), part('0', null, null, ':1}')),
    A,
    B,
  ),
  calls('index from 1', calling(part(1, 'p', 'a', A[1]), part(2, 'q', 'b', B[1])), A, B),
  calls('id in each piece', calling(part(0, 'p', 'a', '{"x"'), part(0, 'p', null, ':1}')), A),
  calls('id empty behind the first piece', calling(part(0, 'p', 'a', '{"x"'), part(0, '', null, ':1}')), A),
  calls('another id in each piece (vLLM)', calling(part(0, 'p', 'a', '{"x"'), part(0, 'q', null, ':1}')), A),
  calls('name in each piece', calling(part(0, 'p', 'a', '{"x"'), part(0, 'p', 'a', ':1}')), A),
  calls(
    'name empty or null behind the first piece',
    calling(part(0, 'p', 'a', '{"x"'), part(0, null, '', ':'), { index: 0, function: { name: null, arguments: '1}' } }),
    A,
  ),
  calls('name in two pieces', calling(part(0, 'p', 'lights', ''), part(0, null, '_on', '{}')), ['lights_on', '{}']),
  calls('the same id for both', calling(part(null, 'call_0', 'a', A[1]), part(null, 'call_0', 'b', B[1])), A, B),
  calls('the same id and index 0 for both', calling(part(0, 'call_0', 'a', A[1]), part(0, 'call_0', 'b', B[1])), A, B),
  calls(
    'both in one piece',
    events(delta({ tool_calls: [part(0, 'p', 'a', A[1]), part(1, 'q', 'b', B[1])] }), END, DONE),
    A,
    B,
  ),
  calls(
    'both in one piece, without an index',
    events(delta({ tool_calls: [part(null, 'p', 'a', A[1]), part(null, 'q', 'b', B[1])] }), END, DONE),
    A,
    B,
  ),
  calls(
    'in the last piece, with its end',
    events(delta({ tool_calls: [part(0, 'p', 'a', A[1])] }, 'tool_calls'), DONE),
    A,
  ),
  calls('arguments as an object', calling(part(0, 'p', 'a', { x: 1 })), A),
  calls(
    'arguments empty, null or missing',
    calling(part(0, 'p', 'a', ''), part(1, 'q', 'b', null), part(2, 'r', 'c', undefined)),
    ['a', '{}'],
    ['b', '{}'],
    ['c', '{}'],
  ),
  calls(
    'arguments {} first, then the real ones',
    calling(part(0, 'p', 'a', '{}'), part(0, null, null, '{"x"'), part(0, null, null, ':1}')),
    A,
  ),
  calls(
    'arguments again behind their pieces',
    calling(part(0, 'p', 'a', '{"x"'), part(0, null, null, ':1}'), part(0, 'p', 'a', '{"x":1}')),
    A,
  ),
  calls('id as a number', calling(part(0, 7, 'a', A[1])), A),
  calls(
    'function_call, as it was before',
    events(
      delta({ function_call: { name: 'a', arguments: '{"x"' } }),
      delta({ function_call: { arguments: ':1}' } }),
      delta({}, 'function_call'),
      DONE,
    ),
    A,
  ),
  calls('without a name is none', calling(part(0, 'p', null, '{}'), part(1, 'q', 'b', B[1])), B),
  calls('whole, without ids', whole({ content: null, tool_calls: [called('a', A[1]), called('b', B[1])] }), A, B),
  calls(
    'whole, with the same id and name twice',
    whole({ tool_calls: [called('a', A[1], { id: 'c' }), called('a', '{}', { id: 'c' })] }),
    A,
    ['a', '{}'],
  ),
  calls(
    'whole, arguments as an object (Ollama), and null',
    whole({ content: '', tool_calls: [called('a', { x: 1 }), called('b', null)] }),
    A,
    ['b', '{}'],
  ),
  calls(
    'whole, function_call',
    whole({ content: null, function_call: { name: 'a', arguments: A[1] } }, 'function_call'),
    A,
  ),
  calls('whole, with tool_calls null beside a text', whole({ content: 'hello', tool_calls: null })),
];
