/** Wires the orchestrator to the services: it answers for registry and crew, and hands over what history keeps. */
import type { RedisBus } from './adapters/redis-bus.ts';
import { wireEvent } from './api/wire-event.ts';
import type { History, Registry } from './domain/crew-control.ts';
import type { Log } from './domain/log.ts';
import type { Clock } from './domain/ports.ts';
import type { HistoryEntry, Journal } from './domain/stores.ts';
import { createAskServices } from './loop/ask-services.ts';
import { entryOfEvent, entryOfMessage } from './loop/history-entries.ts';
import { createHistoryKeeper } from './loop/history-keeper.ts';
import type { LanguageModels } from './loop/language-models.ts';
import { createServicesPresence } from './loop/services-presence.ts';
import { redactValue } from './redact/redact-value.ts';
import type { Redactor } from './redact/redactor.ts';
import { createCrewService } from './services/crew/crew-service.ts';
import { createRegistryService } from './services/registry/registry-service.ts';
import { serve } from './services/serve.ts';
import type { Crew } from './start-crew.ts';

export interface CrewServicesParts {
  bus: RedisBus;
  registry: Registry;
  languageModels: LanguageModels;
  system: Crew['system'];
  redactor: Redactor;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/** A reader of the API waits this long. */
const READ_MS = 5_000;
const FORGET_MS = 10_000;

/** Reading costs nothing twice. */
const noJournal: Journal = { find: async () => null, keep: async () => {} };

export function startCrewServices(parts: CrewServicesParts): History {
  const { bus, registry, redactor, clock, log, signal } = parts;
  const presence = createServicesPresence({ clock, system: parts.system });
  bus.onState(presence.busIs);
  const ask = createAskServices({
    bus: {
      onMessage: bus.onMessage,
      publish: (channel, message) => presence.counted(() => bus.publish(channel, message)),
    },
    clock,
  });
  const keeper = createHistoryKeeper({ ask, clock, log });
  const services = [
    createRegistryService(registry),
    createCrewService({ ...parts.languageModels, onWord: presence.heard }),
  ];
  const server = serve({ services, bus, journal: noJournal, clock, log });
  bus.onMessage((channel, text) => {
    if (channel.startsWith('svc:')) return server.take(channel, text);
    const entry = entryOfMessage(channel, text);
    if (entry) keeper.note({ ...entry, body: redactValue(entry.body, redactor) });
  });
  registry.subscribe((id, event) => {
    const entry = entryOfEvent(id, event, wireEvent(event));
    if (entry) keeper.note(entry);
  });
  keeper.run(signal);
  presence.run(signal);
  forgetSometimes(server.forgetOld, signal);
  return {
    read: async (query) =>
      (await ask({ service: 'history', op: 'read', args: { ...query }, deadlineMs: READ_MS })) as HistoryEntry[],
  };
}

function forgetSometimes(forget: () => void, signal: AbortSignal): void {
  const timer = setInterval(forget, FORGET_MS);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
