/**
 * An agent that asks one which nobody acts for is told so at once, in its place, by the orchestrator: its question would
 * be swallowed, and it would wait for its deadline. One that waits for nothing is told once a minute. Who is swapped is there all the time, and answers for itself.
 */
import { randomUUID } from 'node:crypto';
import type { AgentId } from '../domain/agent.ts';
import type { HairemError } from '../domain/errors.ts';
import { envelope } from '../domain/h-link.ts';
import { readJson } from '../domain/json-text.ts';
import type { Log } from '../domain/log.ts';
import type { Bus, Clock } from '../domain/ports.ts';

interface AnswerUnheard {
  bus: Pick<Bus, 'publish'>;
  clock: Pick<Clock, 'now' | 'timestamp'>;
  /** Why nobody hears it; null where somebody does. */
  whyUnheard(id: AgentId): HairemError | null;
  log: Pick<Log, 'warn'>;
}

/** Answers to one asker in a second: beyond that it asks on and on, and its deadlines tell it. */
const MOST_A_SECOND = 20;
/** Ids of questions that somebody waits for (BUS.md, rule 13). */
const ASK = /^\d+\.ask-/;
const NOT_AGENTS: ReadonlySet<string> = new Set(['user', 'orchestrator', 'broadcast']);

/** @returns what is called with each message that agents say to each other */
export function createUnheardAnswers({ bus, clock, whyUnheard, log }: AnswerUnheard) {
  const isTooMuch = gauge(clock, { ms: 1000, most: MOST_A_SECOND });
  const isSaid = gauge(clock, { ms: 60_000, most: 1 });
  return (channel: string, text: string): void => {
    const [kind, target = '', sender = '', more] = channel.split(':');
    if (kind !== 'agent' || more !== undefined || NOT_AGENTS.has(target) || NOT_AGENTS.has(sender)) return;
    const why = whyUnheard(target);
    if (why === null || target === sender || isTooMuch(sender)) return;
    const question = questionIn(text, sender);
    if (question === null) return;
    const isFirst = !isSaid(`${sender} ${target}`);
    if (isFirst)
      log.warn('a message that nobody hears', { from: sender, to: target, type: question.type, why: why.message });
    if (isFirst || question.isAsked)
      bus
        .publish(`agent:${sender}:orchestrator`, answerTo(question, { sender, why, at: clock.timestamp() }))
        .catch(() => {});
  };
}

interface Question {
  id: string;
  type: string;
  /** Its sender waits for the answer. */
  isAsked: boolean;
}

function questionIn(text: string, sender: AgentId): Question | null {
  const parsed = envelope.safeParse(readJson(text));
  if (!parsed.success || parsed.data.sender.agent_id !== sender) return null;
  const { id, type, metadata } = parsed.data;
  if (metadata.correlation_id) return null; // an answer: nobody waits for it
  return { id, type, isAsked: ASK.test(id) };
}

function answerTo({ id }: Question, { sender, why, at }: { sender: AgentId; why: HairemError; at: string }): object {
  return {
    id: randomUUID(),
    timestamp: at,
    type: 'expert.response',
    sender: { agent_id: 'orchestrator', role: 'orchestrator' },
    recipient: { target: sender, room: null },
    payload: { status: 'error', result: null, error: why.message },
    metadata: { priority: 'system', correlation_id: id, ttl: 1, chain: [], redelivered: false },
  };
}

/** @returns whether it was more than so often in a time, for each key */
function gauge(clock: Pick<Clock, 'now'>, { ms, most }: { ms: number; most: number }): (key: string) => boolean {
  let began = 0;
  const counts = new Map<string, number>();
  return (key) => {
    const now = Math.floor(clock.now() / ms);
    if (now !== began) counts.clear();
    began = now;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count > most;
  };
}
