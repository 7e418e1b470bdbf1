/** The orchestrator as one that asks the services. */

import { serviceReplies } from '../domain/messages/service-call.ts';
import type { Bus, Clock, Timers } from '../domain/ports/ports.ts';
import { type Question as Asked, createRpcClient } from './client.ts';

export interface Question extends Omit<Asked, 'channel'> {
  service: string;
}

/** @returns the result. @throws unavailable when nobody answers in time, and what the service throws */
export type ServicesClient = (question: Question) => Promise<unknown>;

/** Ids are new for each request, so lives of the orchestrator may share a channel. */
const INSTANCE = 1;
/** The one service that only the orchestrator asks. */
const HISTORY_ANSWERS = serviceReplies('history', 'orchestrator', INSTANCE);

export function createServicesClient({
  bus,
  clock,
}: {
  bus: Pick<Bus, 'publish' | 'onMessage'>;
  clock: Clock & Timers;
}): ServicesClient {
  const silence = 'the services do not answer; is the container `services` running?';
  const client = createRpcClient({ bus, clock, silence });
  bus.onMessage((channel, text) => {
    if (channel === HISTORY_ANSWERS) client.take(text);
  });
  return ({ service, ...question }) => client.ask({ channel: `svc:${service}:orchestrator:${INSTANCE}`, ...question });
}
