/** From one accepted message to the code that answers it. A failing handler is a log line and never ends the agent. */
import type { AgentHost, CommandHandler } from '../agent-host.ts';
import type { BaseAgent } from '../base-agent.ts';
import { mustBeKept } from '../json-text.ts';
import { isFields, type Message } from '../message.ts';
import { SendError, type SendErrorCode } from '../send-error.ts';
import { reasonOf } from '../thrown.ts';

/** What cannot be sent as it is, but can be told. */
const UNSENDABLE: readonly SendErrorCode[] = ['refused', 'too_large'];

/**
 * Resolves when the handler has settled; never rejects.
 * @returns why whoever asked may be without an answer; null where the handler has ended well
 */
export async function dispatch(agent: BaseAgent, host: AgentHost, message: Message): Promise<string | null> {
  const name = message.type === 'expert.command' ? String(message.payload.command) : null;
  const command = name === null ? undefined : host.commands.get(name);
  try {
    if (command) {
      await answerCommand(agent, command, message);
      return null;
    }
    await agent.onMessage(message);
    const known = [...host.commands.keys()].join(', ') || 'none';
    return name === null ? null : `nothing in it answers the command ${name} (known: ${known})`;
  } catch (error) {
    host.log.error('a handler failed', { of: message.type, id: message.id, from: message.sender.agent_id, error });
    return `its code failed (${reasonOf(error)})`;
  }
}

async function answerCommand(agent: BaseAgent, handler: CommandHandler, message: Message): Promise<void> {
  const { args } = message.payload;
  let response: Response;
  try {
    const result = (await handler(isFields(args) ? args : {}, message)) ?? null;
    response = resultOf(result, message);
  } catch (thrown) {
    agent.log.warn('a command failed', { command: message.payload.command, id: message.id, error: thrown });
    response = { status: 'error', result: null, error: reasonOf(thrown) };
  }
  try {
    await agent.reply(message, response);
  } catch (error) {
    if (!(error instanceof SendError) || !UNSENDABLE.includes(error.code)) throw error;
    await agent.reply(message, unsendable(message, error));
  }
}

interface Response {
  [name: string]: unknown;
  status: 'success' | 'error';
  result: unknown;
  error: string | null;
}

function resultOf(result: unknown, message: Message): Response {
  try {
    mustBeKept(result);
    return { status: 'success', result, error: null };
  } catch (error) {
    return unsendable(message, new TypeError(`a payload is JSON: ${reasonOf(error)}`));
  }
}

function unsendable({ payload }: Message, error: unknown): Response {
  const said = `the result of ${String(payload.command)} cannot be sent: ${reasonOf(error)}`;
  return { status: 'error', result: null, error: said };
}
