/**
 * An agent that asks one which nobody acts for is told so at once, in its place, by the orchestrator: its question would
 * be swallowed, and it would wait for its deadline. So is one whose question was heard by an instance that ends. One that
 * waits for nothing is told once a minute. Who is swapped is there all the time, and answers for itself.
 */
import { randomUUID } from 'node:crypto';
import type { AgentId } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import { envelope } from '../../domain/messages/h-link.ts';
import type { Log } from '../../domain/ports/log.ts';
import type { Bus, Clock } from '../../domain/ports/ports.ts';
import { readJson } from '../../domain/text/json-text.ts';
import { createOpenQuestions, type OpenQuestion } from './open-questions.ts';

interface AnswerUnheard {
  bus: Pick<Bus, 'publish'>;
  clock: Pick<Clock, 'now' | 'timestamp'>;
  /** Why nobody hears it; null where somebody does. */
  whyUndelivered(id: AgentId): HairemError | null;
  isAgent(id: AgentId): boolean;
  /** Whether somebody else than us and the agents may hear what no agent does. */
  othersListen(): Promise<boolean>;
  log: Pick<Log, 'warn'>;
}

export interface UndeliveredReplies {
  /** Told of each message that agents say to each other. */
  hear(channel: string, text: string): void;
  /** What an agent was asked until now nobody will answer. */
  lost(id: AgentId, why: HairemError): void;
}

/** Answers to one asker in a second: beyond that it asks on and on, and its deadlines tell it. */
const MOST_A_SECOND = 20;
/** Ids of questions that somebody waits for (BUS.md, rule 13). */
const ASK = /^\d+\.ask-/;
/** Stands in each of them, and in what answers one. */
const OF_AN_ASK = '.ask-';
const NOT_AGENTS: ReadonlySet<string> = new Set(['user', 'orchestrator', 'broadcast']);

export function createUndeliveredReplies(parts: AnswerUnheard): UndeliveredReplies {
  const { bus, clock, whyUndelivered, log } = parts;
  const isTooMuch = gauge(clock, { ms: 1000, most: MOST_A_SECOND });
  const isSaid = gauge(clock, { ms: 60_000, most: 1 });
  const open = createOpenQuestions();

  const tell = ({ asker, id }: OpenQuestion, why: HairemError) =>
    bus.publish(`agent:${asker}:orchestrator`, answerTo({ asker, id }, why, clock.timestamp())).catch(() => {});
  const isToBeTold = ({ sender, target }: Said) => target !== sender && !isTooMuch(sender);

  function refuse({ sender, target, text }: Said, why: HairemError): void {
    const read = readMessage(text, sender);
    if (read === null || read.answers !== null) return; // an answer: nobody waits for one
    const isFirst = !isSaid(`${sender} ${target}`);
    if (isFirst)
      log.warn('a message that nobody hears', { from: sender, to: target, type: read.type, why: why.message });
    if (isFirst || ASK.test(read.id)) tell({ asker: sender, id: read.id }, why);
  }

  /** @param isHeard whether whoever acts for its target has it now */
  function note({ sender, target, text }: Said, isHeard: boolean): void {
    const read = text.includes(OF_AN_ASK) ? readMessage(text, sender) : null;
    if (read === null) return;
    if (read.answers !== null) open.answered({ asker: target, id: read.answers }, sender);
    else if (isHeard && ASK.test(read.id)) open.asked({ asker: sender, id: read.id }, target);
  }

  async function refuseUnlessOthersListen(said: Said): Promise<void> {
    // That its connections cannot be read now leaves it to the deadline.
    if (await parts.othersListen().catch(() => true)) return;
    refuse(said, new HairemError('not_found', `there is no agent ${said.target}: \`./hairem ps\` shows who there is`));
  }

  return {
    hear(channel, text) {
      const said = saidOn(channel, text);
      if (said === null) return;
      if (!parts.isAgent(said.target)) {
        if (isToBeTold(said)) refuseUnlessOthersListen(said);
        return;
      }
      const why = whyUndelivered(said.target);
      note(said, why === null);
      if (why && isToBeTold(said)) refuse(said, why);
    },
    lost(id, why) {
      for (const question of open.take(id)) tell(question, why);
    },
  };
}

interface Said {
  target: AgentId;
  /** Who Redis let speak. */
  sender: AgentId;
  text: string;
}

/** What one says to another; null for what is said by or to anybody else. */
function saidOn(channel: string, text: string): Said | null {
  const [kind, target = '', sender = '', more] = channel.split(':');
  if (kind !== 'agent' || more !== undefined || NOT_AGENTS.has(target) || NOT_AGENTS.has(sender)) return null;
  return { target, sender, text };
}

interface Read {
  id: string;
  type: string;
  /** The id of what it answers. */
  answers: string | null;
}

function readMessage(text: string, sender: AgentId): Read | null {
  const parsed = envelope.safeParse(readJson(text));
  if (!parsed.success || parsed.data.sender.agent_id !== sender) return null;
  const { id, type, metadata } = parsed.data;
  return { id, type, answers: metadata.correlation_id || null };
}

function answerTo({ asker, id }: OpenQuestion, { code, message }: HairemError, at: string): object {
  return {
    id: randomUUID(),
    timestamp: at,
    type: 'expert.response',
    sender: { agent_id: 'orchestrator', role: 'orchestrator' },
    recipient: { target: asker, room: null },
    payload: { status: 'error', result: null, error: message, code },
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
