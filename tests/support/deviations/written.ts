/** Tool calls that a model writes as text, since the server in front of it does not know its template. */
import { A, type Deviation, DONE, delta, END, events, part, row, say, texts, whole } from './said.ts';

const B: [string, string] = ['b', '{"y":2}'];
const hermes = (name: string, args: unknown) =>
  `<tool_call>\n${JSON.stringify({ name, arguments: args })}\n</tool_call>`;
const A_WRITTEN = hermes('a', { x: 1 });
const B_WRITTEN = hermes('b', { y: 2 });

/** In pieces, and sign by sign: nothing of it is said. */
function written(name: string, said: string, text: string, ...calls: [string, string][]): Deviation[] {
  return [
    row(name, texts(said.slice(0, 7), said.slice(7, 20), said.slice(20)), { text, calls }),
    row(`${name}, sign by sign`, texts(...said), { text, calls }),
  ];
}
/** What stays as it was written. */
const stays = (name: string, said: string) => written(`text: ${name}`, said, said);

export const WRITTEN: Deviation[] = [
  ...written('tags (Hermes, Qwen)', A_WRITTEN, '', A),
  ...written('two', `${A_WRITTEN}\n${B_WRITTEN}`, '', A, B),
  ...written('behind words', `Let me see.\n\n${A_WRITTEN}\n`, 'Let me see.', A),
  ...written('behind words with code', `I use \`a\`:\n${A_WRITTEN}`, 'I use `a`:', A),
  ...written('behind thinking', `<think>hmm</think>\n\n${A_WRITTEN}`, '', A),
  ...written('before words', `${A_WRITTEN}\nDone.`, 'Done.', A),
  ...written('never closed', A_WRITTEN.replace('\n</tool_call>', ''), '', A),
  ...written(
    'in a fence between tags',
    '<tool_call>\n```json\n{"name":"a","arguments":{"x":1}}\n```\n</tool_call>',
    '',
    A,
  ),
  ...written(
    'a list between tags',
    '<tool_call>[{"name":"a","arguments":{"x":1}},{"name":"b","arguments":{"y":2}}]</tool_call>',
    '',
    A,
    B,
  ),
  ...written('arguments as a text', '<tool_call>{"name":"a","arguments":"{\\"x\\":1}"}</tool_call>', '', A),
  ...written('without arguments', '<tool_call>{"name":"a"}</tool_call>', '', ['a', '{}']),
  ...written(
    'as the protocol has it',
    '<tool_call>{"type":"function","function":{"name":"a","arguments":{"x":1}}}</tool_call>',
    '',
    A,
  ),
  ...written('a tag in the arguments', hermes('a', { x: '</tool_call>}' }), '', ['a', '{"x":"</tool_call>}"}']),
  ...written(
    'parameters in tags (Qwen Coder)',
    '<tool_call>\n<function=a>\n<parameter=x>\n1\n</parameter>\n<parameter=z>\ntwo\nlines\n</parameter>\n</function>\n</tool_call>',
    '',
    ['a', '{"x":"1","z":"two\\nlines"}'],
  ),
  ...written('<function=a> (Llama)', '<function=a>{"x":1}</function>', '', A),
  ...written(
    '[TOOL_CALLS] and a list (Mistral)',
    '[TOOL_CALLS] [{"name": "a", "arguments": {"x":1}}, {"name": "b", "arguments": {"y":2}}]',
    '',
    A,
    B,
  ),
  ...written('[TOOL_CALLS] and a name (Mistral)', '[TOOL_CALLS]a{"x":1}[TOOL_CALLS]b{"y":2}', '', A, B),
  ...written('[CALL_ID] and [ARGS] (Mistral)', '[TOOL_CALLS]a[CALL_ID]123456789[ARGS]{"x":1}', '', A),
  ...written('<|python_tag|> (Llama)', '<|python_tag|>{"name":"a","parameters":{"x":1}}<|eom_id|>', '', A),
  ...written(
    'several, parted by ; (Llama)',
    '<|python_tag|>{"name":"a","parameters":{"x":1}}; {"name":"b","parameters":{"y":2}}',
    '',
    A,
    B,
  ),
  ...written('<|tool_call|> (Granite)', '<|tool_call|>[{"name":"a","arguments":{"x":1}}]', '', A),
  ...written(
    'marks of DeepSeek',
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>a\n```json\n{"x":1}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    '',
    A,
  ),
  ...written(
    'keys and values in tags (GLM)',
    '<tool_call>a\n<arg_key>x</arg_key>\n<arg_value>1</arg_value>\n<arg_key>z</arg_key>\n<arg_value>two\nlines</arg_value>\n<arg_key>l</arg_key>\n<arg_value>["]"]</arg_value>\n</tool_call>',
    '',
    ['a', '{"x":"1","z":"two\\nlines","l":["]"]}'],
  ),
  ...written('a name alone between tags (GLM)', '<tool_call>a\n</tool_call>', '', ['a', '{}']),
  ...written(
    'in a channel to functions (gpt-oss)',
    '<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>commentary to=functions.a <|constrain|>json<|message|>{"x":1}<|call|>',
    '',
    A,
  ),
  ...written(
    'two channels to functions (gpt-oss)',
    '<|channel|>commentary to=functions.a<|message|>{"x":1}<|call|><|start|>assistant to=functions.b<|channel|>commentary json<|message|>{"y":2}<|call|>',
    '',
    A,
    B,
  ),
  ...written('Python in a list (Llama 3.2 and 4)', '[a(x=1), b(y=2)]', '', A, B),
  ...written('Python behind its tag (Llama)', '<|python_tag|>a.call(x=1)', '', A),
  ...written('Python between tags', '<tool_call>\na(x=1)\n</tool_call>', '', A),
  ...written('Python in a fence (Gemma)', '```tool_code\na(x=1)\n```', '', A),
  ...written(
    'literals of Python',
    `[a(s='it\\'s', t="]\\n)", n=-1.5, b=True, z=None, l=[1, 'x',], m={"k": [False]})]`,
    '',
    ['a', '{"s":"it\'s","t":"]\\n)","n":-1.5,"b":true,"z":null,"l":[1,"x"],"m":{"k":[false]}}'],
  ),
  ...written('functools and a list (Phi)', 'functools[{"name": "a", "arguments": {"x":1}}]', '', A),
  ...written('bare JSON (Llama)', '{"name": "a", "parameters": {"x":1}}', '', A),
  ...written('bare JSON in a fence', '```json\n{"name": "a", "arguments": {"x":1}}\n```', '', A),
  ...written('a bare list', '[{"name":"a","arguments":{"x":1}},{"name":"b","arguments":{"y":2}}]', '', A, B),
  ...written('bare, as the protocol has it', '{"type":"function","function":{"name":"a","parameters":{"x":1}}}', '', A),
  ...written('bare, white space around it', '\n {"name":"a","parameters":{"x":1}} \n', '', A),
  row('whole', whole({ content: A_WRITTEN }), { text: '', calls: [A] }),
  row('in parts', whole({ content: [{ type: 'text', text: A_WRITTEN }] }), { text: '', calls: [A] }),
  row(
    'beside the same call as the protocol has it',
    events(say(A_WRITTEN), delta({ tool_calls: [part(0, 'p', 'a', '{ "x": 1 }')] }), END, DONE),
    { text: '', calls: [['a', '{ "x": 1 }']] },
  ),
  row('begun to think by the template', texts('hmm', `</think>${A_WRITTEN}`), {
    text: '',
    thinking: 'hmm',
    calls: [A],
  }),

  ...stays('another name', hermes('nobody', { x: 1 })),
  ...stays('another name, bare', '{"name":"nobody","parameters":{"x":1}}'),
  ...stays('no JSON', '<tool_call>\na(1)\n</tool_call>'),
  ...stays('Python that is more than literals', '[a(x=b(1))]'),
  ...stays('Python of another name', '[nobody(x=1)]'),
  ...stays('Python before words', '[a(x=1)] is what I would call'),
  ...stays('Python that is torn', '[a(x=1, y="'),
  ...stays('code in a fence', '```python\nprint(a(x=1))\n```'),
  ...stays('a list of links', '[a] and [b](https://x)'),
  ...stays('words that begin as a mark does', 'func'),
  ...stays('a word before a list', 'functions [1]'),
  ...stays('JSON that is torn', '<tool_call>{"name":"a","arguments":{"x":'),
  ...stays('JSON of its own', '{"name":"Ada","age":36}'),
  ...stays('JSON that names a tool and is no call', '{"name":"a","age":36}'),
  ...stays('JSON before words', '{"name":"a","arguments":{"x":1}} is what I would call'),
  ...stays('in a line of code', 'Write `<tool_call>{"name":"a"}</tool_call>` for it.'),
  ...stays('in a fence', `Write:\n\`\`\`\n${A_WRITTEN}\n\`\`\`\nfor it.`),
  ...stays('a list of words', '[1] see [TOOL_CALL] and <tool>'),
  ...stays('white space at both ends', ' \n hello \n '),
];
