/** `hairem send`: says something to an agent as `user`, and prints the reply. */
import * as z from 'zod';
import { printable } from '../../api/printable.ts';
import { asHairemError, HairemError } from '../../domain/errors/errors.ts';
import { LARGEST_RESULT_BYTES } from '../../domain/messages/message-size.ts';
import { parseHeldJson } from '../../domain/text/json-text.ts';
import { agentPath, agentsOf } from '../agents/records.ts';
import { connectApi } from '../api-client.ts';
import { type Call, type Command, EXIT, type ExitCode, type Terminal } from '../command.ts';
import { numberOption } from '../number-option.ts';

const answerSchema = z.object({ id: z.string(), reply: z.unknown() });

/** An H-Link message, as far as it is shown. */
const replySchema = z.looseObject({
  type: z.string(),
  payload: z.looseObject({
    content: z.string().optional(),
    status: z.string().optional(),
    result: z.unknown().optional(),
    error: z.unknown().optional(),
    notice: z.string().optional(),
  }),
});

export const send: Command = async (call) => {
  const { words, json, config, terminal } = call;
  const [word = '', ...text] = words;
  const seconds = numberOption(call, 'wait', { fallback: 30, min: 0, max: 300 });
  const body = messageOf(call, await textOf(text, call.input));
  const api = await connectApi(config);
  const [agent = ''] = await agentsOf([word], api);
  const path = agentPath(agent, `/messages${seconds === 0 ? '' : `?wait=${seconds}`}`);
  const answer = await api.json(path, answerSchema, { method: 'POST', body });
  if (json) terminal.out(JSON.stringify(answer));
  else if (seconds === 0) terminal.out(`sent: ${answer.id}`);
  return seconds === 0 ? EXIT.ok : replied(terminal, answer.reply, json);
};

/** A lone `-` is what comes on stdin, as many tools have it. */
async function textOf(words: readonly string[], input: Call['input']): Promise<string> {
  if (words.length !== 1 || words[0] !== '-') return words.join(' ');
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of input) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > LARGEST_RESULT_BYTES)
      throw new HairemError('bad_config', `a message has at most ${LARGEST_RESULT_BYTES} bytes, and stdin has more`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces)).replace(/\r?\n$/, '');
  } catch (cause) {
    throw new HairemError('bad_config', 'what comes on stdin is no UTF-8 text', { cause });
  }
}

function messageOf({ options: { command, type } }: Call, text: string): object {
  if (typeof command === 'string')
    return { type: 'expert.command', payload: { command, args: text === '' ? {} : argumentsOf(text) } };
  if (text.trim() === '') throw new HairemError('bad_config', 'there is nothing to send: hairem send <agent> <text…>');
  return typeof type === 'string' ? { type, content: text } : { content: text };
}

function argumentsOf(text: string): unknown {
  try {
    return parseHeldJson(text);
  } catch (cause) {
    const { message } = asHairemError(cause);
    const why = `the arguments of a command are JSON, like '{"minutes": 5}': ${message}`;
    throw new HairemError('bad_config', why, { cause });
  }
}

function replied(terminal: Terminal, reply: unknown, json: boolean): ExitCode {
  const { payload } = replySchema.parse(reply);
  const failed = payload.status === 'error';
  if (json) return failed ? EXIT.failed : EXIT.ok;
  const shown = failed ? payload.error : (payload.content ?? payload.result ?? payload);
  terminal[failed ? 'err' : 'out'](printable(typeof shown === 'string' ? shown : JSON.stringify(shown, null, 2)));
  if (payload.notice !== undefined) terminal.err(`not the whole answer: ${printable(payload.notice)}`);
  return failed ? EXIT.failed : EXIT.ok;
}
