/** Wires the orchestrator to the services: it answers for registry and crew, and hands over what history keeps. */

import { wireEvent } from '../api/stream/wire-event.ts';
import { isCoreUser } from '../bus/core-users.ts';
import type { RedisBus } from '../bus/redis-bus.ts';
import type { Grants } from '../domain/grants.ts';
import { orchestratorReplies } from '../domain/messages/service-call.ts';
import type { History, Registry } from '../domain/ports/agents-control.ts';
import type { Log } from '../domain/ports/log.ts';
import type { Clock, Timers } from '../domain/ports/ports.ts';
import type { HistoryEntry, Journal } from '../domain/ports/stores.ts';
import { type Ear, followAgentMessages } from '../history/agent-messages.ts';
import { entryOfEvent } from '../history/entries.ts';
import { createRateLimit } from '../history/rate-limit.ts';
import { recordMessages } from '../history/record-messages.ts';
import { createRecorder } from '../history/recorder.ts';
import type { LanguageModels } from '../reconcile/services/model-settings.ts';
import { createRegistryService } from '../reconcile/services/registry-service.ts';
import { createUndeliveredReplies } from '../reconcile/services/reply-undelivered.ts';
import { createServicesHealth } from '../reconcile/services/services-health.ts';
import { createCrewService } from '../reconcile/services/settings-service.ts';
import { createStoreHealth } from '../reconcile/services/store-health.ts';
import { createWhoListens } from '../reconcile/services/who-listens.ts';
import { redactMessage } from '../redact/redact-value.ts';
import type { Redactor } from '../redact/redactor.ts';
import type { RolloutDeps } from '../rollout/deps.ts';
import { createRpcServer } from '../rpc/server.ts';
import { createServicesClient, type ServicesClient } from '../rpc/services-client.ts';
import type { Crew } from './start-agents.ts';

export interface CrewServicesParts {
  bus: RedisBus;
  /** Another connection to it, which hears what agents say to each other. */
  openCrewEar(): Ear;
  registry: Registry;
  /** The same as agents may read it. */
  forAgents: Pick<Registry, 'list' | 'get'>;
  languageModels: LanguageModels;
  system: Crew['system'];
  grants: Grants;
  emit: RolloutDeps['emit'];
  report: RolloutDeps['report'];
  /** Ends an instance that harms others. */
  fence: Crew['fence'];
  /** Why a message to an agent would be heard by nobody; null where it is heard. */
  whyUndelivered: Crew['whyUndelivered'];
  isAgent: Crew['isAgent'];
  /** Why nobody will answer what an agent was told before this happened to it; null where somebody may. */
  whyLost: Crew['control']['whyLost'];
  redactor: Redactor;
  clock: Clock & Timers;
  log: Log;
  signal: AbortSignal;
}

/** A reader of the API waits this long. */
const READ_MS = 5_000;
const FORGET_MS = 10_000;
/** Some minutes of a busy crew: as long as the services may well be away. */
const MOST_WAITING = 5_000;
const MOST_AMONG_AGENTS = 1_000;

/** Reading costs nothing twice. */
const noJournal: Journal = { find: async () => null, keep: async () => {} };

export function startCrewServices(parts: CrewServicesParts): History {
  const { bus, registry, clock, log, signal } = parts;
  const health = createServicesHealth({ clock, system: parts.system });
  bus.onState(health.busIs);
  const ask = createServicesClient({
    bus: {
      onMessage: bus.onMessage,
      publish: (channel, message) => health.counted(() => bus.publish(channel, message)),
    },
    clock,
  });
  const history = keepHistory(parts, ask);
  const noteStore = createStoreHealth(parts);
  const services = [
    createRegistryService(parts.forAgents),
    createCrewService({
      ...parts.languageModels,
      onWord: health.heard,
      quotaOf: (agent) => parts.grants(agent).databaseBytes,
      noteOverheard({ agent, inst, message, ends }) {
        if (ends) parts.fence({ agent, inst }, 'flood', message);
        else parts.report(agent, 'flood', `${message}; the rest is not heard`);
      },
      noteStore(words) {
        health.restarted(words.restarts);
        noteStore(words);
      },
    }),
  ];
  const server = createRpcServer({
    services,
    repliesOf: (_service, agent, inst) => orchestratorReplies(agent, inst),
    bus,
    journal: noJournal,
    clock,
    log,
  });
  bus.onMessage((channel, text) => {
    if (channel.startsWith('svc:')) return server.take(channel, text);
    history.noteMessage(channel, text);
  });
  registry.subscribe((id, event) => {
    const entry = entryOfEvent(id, event, wireEvent(event));
    if (entry) history.noteEvent(entry);
  }, 'heartbeats');
  health.run(signal);
  forgetSometimes(server.forgetOld, signal);
  return {
    read: async (query) =>
      (await ask({ service: 'history', op: 'read', args: { ...query }, deadlineMs: READ_MS })) as HistoryEntry[],
  };
}

/** What people say, and what happens, stands apart from what agents say to each other: the one never displaces the other. */
function keepHistory(parts: CrewServicesParts, ask: ServicesClient) {
  const { bus, openCrewEar, registry, redactor, clock, log, signal } = parts;
  const recorder = createRecorder({ ask, clock, log, of: 'user and crew', most: MOST_WAITING });
  const amongAgents = createRecorder({ ask, clock, log, of: 'agents among themselves', most: MOST_AMONG_AGENTS });
  const redact = (body: unknown) => redactMessage(body, redactor);
  const quota = () => createRateLimit({ clock, log });
  const othersListen = createWhoListens({ bus, isOurs: isCoreUser, isAgent: parts.isAgent });
  const unheard = createUndeliveredReplies({ ...parts, othersListen });
  registry.subscribe((_id, event) => {
    const why = event.type === 'system' ? null : parts.whyLost(event);
    if (event.type !== 'system' && why) unheard.lost(event.agent, why);
  }, 'heartbeats');
  const noteAmongAgents = recordMessages({
    recorder: amongAgents,
    quota: quota(),
    isMine: (said) => said.isAmongAgents,
    redact,
  });
  const onMessage = (channel: string, text: string) => {
    unheard.hear(channel, text);
    noteAmongAgents(channel, text);
  };
  // Not before: until the bus is up another orchestrator may act for this installation.
  onceUp(bus, () => followAgentMessages({ open: openCrewEar, onMessage, clock, log }, signal));
  recorder.run(signal);
  amongAgents.run(signal);
  return {
    noteEvent: recorder.note,
    noteMessage: recordMessages({ recorder, quota: quota(), isMine: (said) => !said.isAmongAgents, redact }),
  };
}

function onceUp(bus: Pick<RedisBus, 'onState'>, begin: () => void): void {
  let begun = false;
  bus.onState((state) => {
    if (state === 'up' && !begun) begin();
    begun ||= state === 'up';
  });
}

function forgetSometimes(forget: () => void, signal: AbortSignal): void {
  const timer = setInterval(forget, FORGET_MS);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
