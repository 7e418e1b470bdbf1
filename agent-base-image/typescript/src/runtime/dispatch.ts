/** From one accepted message to the code that answers it. A failing handler is a log line and never ends the agent. */

import type { AgentHost, CommandHandler } from '../agent-host.ts';
import type { BaseAgent } from '../base-agent.ts';
import { isFields, type Message } from '../message.ts';
import { SendError, type SendErrorCode } from '../send-error.ts';
import { wordsOf } from '../words-of.ts';

/** What cannot be sent as it is, but can be told. */
const UNSENDABLE: readonly SendErrorCode[] = ['refused', 'too_large'];

/** Resolves when the handler has settled; never rejects. */
export async function dispatch(agent: BaseAgent, host: AgentHost, message: Message): Promise<void> {
  const command = message.type === 'expert.command' ? host.commands.get(String(message.payload.command)) : undefined;
  try {
    if (command) await answerCommand(agent, command, message);
    else await agent.onMessage(message);
  } catch (error) {
    host.log.error('a handler failed', { of: message.type, id: message.id, from: message.sender.agent_id, error });
  }
}

async function answerCommand(agent: BaseAgent, handler: CommandHandler, message: Message): Promise<void> {
  const { args } = message.payload;
  let response: { status: 'success' | 'error'; result: unknown; error: string | null };
  try {
    const result = (await handler(isFields(args) ? args : {}, message)) ?? null;
    response = { status: 'success', result, error: null };
  } catch (thrown) {
    agent.log.warn('a command failed', { command: message.payload.command, id: message.id, error: thrown });
    response = { status: 'error', result: null, error: wordsOf(thrown) };
  }
  try {
    await agent.reply(message, response);
  } catch (error) {
    if (!(error instanceof SendError) || !UNSENDABLE.includes(error.code)) throw error;
    const said = `the result of ${message.payload.command} cannot be sent: ${error.message}`;
    await agent.reply(message, { status: 'error', result: null, error: said });
  }
}
