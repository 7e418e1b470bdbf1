/** The asking side of the services (BUS.md, rule 14): which requests are out, and whose answer it is that comes. */
import type { ServiceCall } from '../agent-host.ts';
import { ServiceError } from '../service-error.ts';
import { Asking, notJson, type ServiceLineOptions } from './asking.ts';
import { type Cause, causes } from './cause.ts';
import { Pace } from './pace.ts';
import { requestIdFor } from './request-id.ts';
import { type Answer, readAnswer, speakerFor } from './service-answer.ts';

export interface ServiceLine {
  /** @returns the result; throws ServiceError */
  request(call: ServiceCall): Promise<unknown>;
  /**
   * Gives what a speaker said, `orchestrator` or a service. @returns whether it was an answer; one to what was asked of
   * somebody else is none
   */
  take(speaker: string, text: string): boolean;
}

/** Two askers of the same thing, for example a handler that was given up and its successor, wait for one answer. */
interface Waiting {
  readonly speaker: string;
  readonly askers: Set<(answer: Answer) => void>;
}

export function createServiceLine(options: ServiceLineOptions): ServiceLine {
  const waiting = new Map<string, Waiting>();
  const pace = new Pace(options.clock);
  const paced: ServiceLineOptions = {
    ...options,
    publish(channel, text) {
      const turn = pace.turn(channel, text);
      return turn ? turn.then(() => options.publish(channel, text)) : options.publish(channel, text);
    },
  };
  return {
    async request(call) {
      const cause = causes.getStore();
      if (cause?.signal.aborted) throw new ServiceError('cancelled', `the ${cause.kind} that asks was cancelled`);
      const id = idFor(cause, call);
      const asking = new Asking(paced, call, id);
      const speaker = speakerFor(call.service);
      const askers = waiting.get(id)?.askers ?? new Set();
      const take = (answer: Answer) => asking.take(answer);
      waiting.set(id, { speaker, askers: askers.add(take) });
      const asked = asking.run(cause ? [cause.signal] : []).finally(() => {
        askers.delete(take);
        if (askers.size === 0) waiting.delete(id);
      });
      if (cause?.kind === 'message' && !cause.settled) {
        cause.pending.add(asked);
        const settle = () => cause.pending.delete(asked);
        asked.then(settle, settle);
      }
      return asked;
    },
    take(speaker, text) {
      const answer = readAnswer(text);
      const asked = answer && waiting.get(answer.id);
      if (!answer || (asked && asked.speaker !== speaker)) return false;
      for (const take of asked?.askers ?? []) take(answer);
      return true;
    },
  };
}

function idFor(cause: Cause | undefined, call: ServiceCall): string {
  try {
    return requestIdFor(cause, call);
  } catch (error) {
    throw notJson(error);
  }
}
