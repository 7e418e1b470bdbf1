/**
 * What whoever waits is told where a handler ended without an answer (BUS.md, Excuses). They are the system's words and
 * not the agent's: its history and its language model never see them.
 */
import type { AgentHost, Outgoing } from '../agent-host.ts';
import type { Message } from '../message.ts';
import { isAsked } from '../narrator/attention.ts';
import { systemWords } from '../system-words.ts';

/** Said while an answer is being made. */
const ON_THE_WAY: ReadonlySet<string> = new Set(['agent.speaking', 'narrative.chunk']);
/** Ids of questions that somebody waits for (rule 13). */
export const ASK = /^\d+\.ask-/;
const LONGEST_WHY = 500;

type Self = Pick<AgentHost, 'id' | 'profile'>;

/** Whether its sender waits for one. Answers, signals and what is said to all do not. */
export function owesAnswer(message: Message, { id, profile }: Self): boolean {
  const { type, sender, recipient, metadata } = message;
  if (sender.agent_id === id || sender.agent_id === 'orchestrator') return false;
  if (isAsked(message, { id, name: profile.name })) return true;
  if (recipient.target === 'broadcast' || metadata.correlation_id) return false;
  return type === 'expert.command' || sender.agent_id === 'user' || ASK.test(message.id);
}

/** Whether this is the answer to that. */
export function isAnswer({ target, type, correlationId }: Outgoing, message: Message): boolean {
  return correlationId === message.id && target === message.sender.agent_id && !ON_THE_WAY.has(type);
}

/** @param why in the agent's own words, without secrets */
export function excuseFor(message: Message, { why, self }: { why: string; self: Self }): Outgoing {
  const short = why.length > LONGEST_WHY ? `${why.slice(0, LONGEST_WHY)}…` : why;
  const text = `${self.profile.name} could not answer: ${short}. \`./hairem logs ${self.id}\` says more.`;
  const to = { target: message.sender.agent_id, correlationId: message.id, room: message.recipient.room ?? null };
  if (message.type !== 'expert.command') return { ...to, type: 'narrative.text', payload: systemWords(text) };
  return { ...to, type: 'expert.response', payload: { status: 'error', result: null, error: text } };
}
