/** The doors through which text of agents, builds and errors leaves the process, each with the redactor in it. */

import { createListeners } from '../async/listeners.ts';
import { throwLater } from '../domain/errors/failures.ts';
import type { CrewControl, Registry } from '../domain/ports/agents-control.ts';
import type { ContainerHost, LogLine, StateStore } from '../domain/ports/ports.ts';
import type { OwnRedactors } from './agent-redactors.ts';
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

/** What is told of agents to people: records, events and what follows from them. */
export function redactedRegistry(registry: Registry, redactor: Redactor): Registry {
  return { ...registry, apply: (event) => registry.apply(redactValue(event, redactor)) };
}

/** What is told of agents to agents: each one's words without its own secrets, and unchanged where they name another's. */
export function ownRedactedRegistry(registry: Registry, redactors: OwnRedactors): Registry {
  const apply: Registry['apply'] = (event) =>
    registry.apply('agent' in event ? redactValue(event, redactors.of(event.agent)) : event);
  return { ...registry, apply };
}

/** Read as the first of them; what happens is applied to all. */
export function appliedToAll(shown: Registry, ...others: readonly Pick<Registry, 'apply'>[]): Registry {
  return {
    ...shown,
    apply(event) {
      shown.apply(event);
      for (const other of others) other.apply(event);
    },
  };
}

/** What agents say to the user, on its way to the API's clients: redacted once, however many of them read. */
export function redactedControl(control: CrewControl, redactor: Redactor): CrewControl {
  const readers = createListeners<[message: unknown]>('messages to people', throwLater);
  let count = 0;
  let leave = () => {};
  const join = () => {
    count += 1;
    if (count === 1) leave = control.onUserMessage((message) => readers.tell(redactMessage(message, redactor)));
  };
  const part = () => {
    count -= 1;
    if (count === 0) leave();
  };
  return {
    ...control,
    allowance: async (id) => redactValue(await control.allowance(id), redactor),
    async send(id, message, waitMs) {
      const { reply, ...sent } = await control.send(id, message, waitMs);
      return { ...sent, reply: redactMessage(reply, redactor) };
    },
    onUserMessage(listener) {
      const forget = readers.add(listener);
      let here = true;
      join();
      return () => {
        if (here) part();
        here = false;
        forget();
      };
    },
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
