/** The doors through which text of agents, builds and errors leaves the process, each with the redactor in it. */
import type { CrewControl, Registry } from '../domain/crew-control.ts';
import type { ContainerHost, LogLine, StateStore } from '../domain/ports.ts';
import { redactMessage, redactValue } from './redact-value.ts';
import type { Redactor } from './redactor.ts';

/** A line this long may have been cut off by whoever read it (the engine's adapter does at 8 KiB, a build at 2,000). */
const MAY_BE_CUT = 1900;

function redactedLine({ text, ...line }: LogLine, redactor: Redactor): LogLine {
  return { ...line, text: text.length >= MAY_BE_CUT ? redactor.cutText(text) : redactor.text(text) };
}

/** Logs of containers; everything else passes. */
export function redactedHost(host: ContainerHost, redactor: Redactor): ContainerHost {
  return {
    ...host,
    async *logs(id, options) {
      for await (const line of host.logs(id, options)) yield redactedLine(line, redactor);
    },
  };
}

/** What is told of agents: records, events and what follows from them. */
export function redactedRegistry(registry: Registry, redactor: Redactor): Registry {
  return { ...registry, apply: (event) => registry.apply(redactValue(event, redactor)) };
}

/** What agents say to the user, on its way to the API's clients. */
export function redactedControl(control: CrewControl, redactor: Redactor): CrewControl {
  return {
    ...control,
    async send(id, message, waitMs) {
      const { reply, ...sent } = await control.send(id, message, waitMs);
      return { ...sent, reply: redactMessage(reply, redactor) };
    },
    onUserMessage: (listener) => control.onUserMessage((message) => listener(redactMessage(message, redactor))),
  };
}

/** Why a version was condemned is an agent's own text, and it is kept on disk. */
export function redactedStore(store: StateStore, redactor: Redactor): StateStore {
  return {
    ...store,
    save(agent, state) {
      const { condemned = null } = state ?? {};
      if (!state || !condemned) return store.save(agent, state);
      return store.save(agent, { ...state, condemned: { ...condemned, because: redactor.text(condemned.because) } });
    },
  };
}
