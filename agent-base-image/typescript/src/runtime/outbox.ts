/**
 * Everything that the agent says to others (BUS.md, Envelope and rule 13): who may speak now, what the message
 * carries of its cause, and the waiting for answers.
 */
import { randomUUID } from 'node:crypto';
import type { Outgoing } from '../agent-host.ts';
import type { Phase } from '../follower/state.ts';
import { writeJson } from '../json-text.ts';
import { DEFAULT_TTL, type Message } from '../message.ts';
import { SendError } from '../send-error.ts';
import { reasonOf } from '../thrown.ts';
import { type Cause, causes } from './cause.ts';
import type { Clock } from './clock.ts';
import { inTime } from './deadline.ts';
import { ASK, isAnswer } from './excuse.ts';
import { Pace } from './pace.ts';

export interface OutboxOptions {
  agent: string;
  inst: number;
  clock: Clock;
  role: () => string;
  phase: () => Phase;
  /** Resolves with how many Redis gave it to; waits while the connection is held. Throws SendError. */
  publish: (channel: string, text: string) => Promise<number>;
  /** Told of each message that Redis has acknowledged, before the handler that sent it can be finished. */
  sent: (message: Message) => void;
  /** Counts what was not sent, by its reason. */
  count: (why: string) => void;
  /** Told why a message that nobody waits for was heard by nobody. */
  unheard?: (why: string) => void;
}

export interface Outbox {
  send(outgoing: Outgoing): Promise<string>;
  ask(outgoing: Outgoing, timeoutSeconds: number): Promise<Message>;
  /** Hands an answer to the `ask` that waits for it; nobody may wait any more. */
  answer(correlation: string, message: Message): void;
}

const PARTY = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
/** A chain longer than the default ttl names nothing that can still be running. */
const LONGEST_CHAIN = DEFAULT_TTL;

export function createOutbox(options: OutboxOptions): Outbox {
  const waiting = new Map<string, (message: Message) => void>();
  const pace = new Pace(options.clock);

  const inTurn = async (turn: Promise<void>, { outgoing, cause, channel, text }: Paced) => {
    await turn;
    mustBeAllowed(outgoing, { cause, phase: options.phase() }); // it may be another's turn to speak by now
    return options.publish(channel, text);
  };
  /** @returns how many Redis gave it to */
  const publish = async (outgoing: Outgoing, id: string): Promise<number> => {
    const cause = causes.getStore();
    const note = noteOf(cause, outgoing);
    const { envelope, text } = note.failing(() => {
      mustBeAllowed(outgoing, { cause, phase: options.phase() });
      const envelope = toEnvelope(outgoing, { id, cause, options });
      return { envelope, text: toText(envelope) };
    });
    const channel =
      outgoing.target === 'broadcast' ? `broadcast:${options.agent}` : `agent:${outgoing.target}:${options.agent}`;
    const turn = pace.turn(channel, text);
    const published = turn ? inTurn(turn, { outgoing, cause, channel, text }) : options.publish(channel, text);
    const acknowledged = published.then((receivers) => {
      options.sent(envelope);
      note.sent();
      return receivers;
    }, note.failed);
    return tracked(cause, acknowledged);
  };
  return {
    async send(outgoing) {
      const id = `${options.inst}.${randomUUID()}`;
      await publish(outgoing, id);
      return id;
    },
    answer(correlation, message) {
      const waiter = waiting.get(correlation);
      if (waiter) waiter(message);
      // Of a question that nobody waits for any more there is nothing to tell: it was answered, or given up.
      else if (message.sender.agent_id === 'orchestrator' && !ASK.test(correlation))
        options.unheard?.(String(message.payload.error));
    },
    async ask(outgoing, timeoutSeconds) {
      const id = `${options.inst}.ask-${randomUUID()}`;
      const cause = causes.getStore();
      const answered = new Promise<Message>((resolve) => waiting.set(id, resolve));
      try {
        const published = publish(outgoing, id).then((receivers) => (receivers > 0 ? answered : nobodyHears(outgoing)));
        const { target, type } = outgoing;
        const answer = await inTime(published, {
          clock: options.clock,
          ms: timeoutSeconds * 1000,
          signals: cause ? [cause.signal] : [],
          late: () => new SendError('timeout', `${target} did not answer ${type} in ${timeoutSeconds} s`),
          cancelled: () => new SendError('cancelled', `the question to ${target} was cancelled`),
        });
        return heard(answer);
      } finally {
        waiting.delete(id);
      }
    },
  };
}

interface Paced {
  outgoing: Outgoing;
  cause: Cause | undefined;
  channel: string;
  text: string;
}

/** Where nobody acts for whom it asks, or who had the question has ended, the orchestrator says so in its place. */
function heard(answer: Message): Message {
  const { error, code } = answer.payload;
  if (answer.sender.agent_id !== 'orchestrator' || typeof error !== 'string') return answer;
  throw new SendError(code === 'instance_died' ? code : 'not_there', error);
}

/** A count of receivers proves nothing, but none is none: not even the orchestrator heard it. */
function nobodyHears({ target }: Outgoing): never {
  throw new SendError('not_there', `nobody hears ${target}: nothing of it is connected; \`./hairem ps\` says more`);
}

/** The message that is handled is not finished before this is acknowledged, awaited by the handler or not. */
async function tracked<T>(cause: Cause | undefined, acknowledged: Promise<T>): Promise<T> {
  if (cause?.kind !== 'message' || cause.settled) return acknowledged;
  cause.pending.add(acknowledged);
  try {
    return await acknowledged;
  } finally {
    cause.pending.delete(acknowledged);
  }
}

/** Whether the message that is handled is answered is noted before anyone hears that this was sent. */
function noteOf(cause: Cause | undefined, outgoing: Outgoing) {
  const answers = cause?.kind === 'message' && isAnswer(outgoing, cause.message) ? cause : null;
  const failed = (error: unknown): never => {
    if (answers && error instanceof SendError) {
      if (error.code === 'unknown_outcome') answers.answered = true;
      else answers.unsent = error;
    }
    throw error;
  };
  return {
    failed,
    sent: () => {
      if (answers) answers.answered = true;
    },
    failing<T>(make: () => T): T {
      try {
        return make();
      } catch (error) {
        return failed(error);
      }
    },
  };
}

function mustBeAllowed(
  { target, payload }: Outgoing,
  { cause, phase }: { cause: Cause | undefined; phase: Phase },
): void {
  if (cause?.signal.aborted) throw new SendError('cancelled', `the ${cause.kind} that sends this was cancelled`);
  if (target !== 'broadcast' && !PARTY.test(target)) throw new SendError('refused', `not an agent id: ${target}`);
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new SendError('refused', 'a payload is an object');
  }
  const isAtWork = cause && !(cause.kind === 'message' && cause.settled);
  const allowed = phase === 'ACTIVE' || (phase === 'DRAINING' && isAtWork);
  if (!allowed) throw new SendError('not_active', `this instance is ${phase}: only an active one sends`);
  if (target === 'broadcast' && cause?.kind === 'message' && cause.isBroadcast) {
    throw new SendError('refused', 'a broadcast because of a broadcast');
  }
}

function toText(envelope: Message): string {
  try {
    return writeJson(envelope);
  } catch (error) {
    throw new SendError('refused', `a payload is JSON: ${reasonOf(error)}`);
  }
}

interface Writing {
  id: string;
  cause: Cause | undefined;
  options: OutboxOptions;
}

function toEnvelope(outgoing: Outgoing, { id, cause, options }: Writing): Message {
  const { target, type, payload, correlationId = null, priority = 'normal', room = null } = outgoing;
  const caused =
    cause?.kind === 'message' ? becauseOf(cause.message) : { ttl: DEFAULT_TTL, chain: [], redelivered: false };
  if (caused.ttl < 1 && !isExempt(outgoing, cause)) {
    options.count('ttl');
    throw new SendError('ttl_spent', `not sent to ${target}: too many messages followed from one another`);
  }
  return {
    id,
    timestamp: options.clock.timestamp(),
    type,
    sender: { agent_id: options.agent, role: options.role() },
    recipient: { target, room },
    payload,
    metadata: { priority, correlation_id: correlationId, ...caused, ttl: Math.max(0, caused.ttl) },
  };
}

function becauseOf({ id, metadata }: Message) {
  return {
    ttl: metadata.ttl - 1,
    chain: [...metadata.chain, id].slice(-LONGEST_CHAIN),
    redelivered: metadata.redelivered,
  };
}

/** To `user`, and an answer; but not the answer to an answer, or two agents could go on for ever. */
function isExempt({ target, type, correlationId }: Outgoing, cause: Cause | undefined): boolean {
  if (target === 'user') return true;
  const answersAnswer = cause?.kind === 'message' && Boolean(cause.message.metadata.correlation_id);
  return (type === 'expert.response' || correlationId !== undefined) && !answersAnswer;
}
