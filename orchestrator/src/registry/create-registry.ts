/**
 * The registry: holds the records that the fold makes, the last updates of each agent and the last events. It is a
 * projection of what the loop says; losing it loses history, never an agent.
 */

import { createListeners } from '../async/listeners.ts';
import type { AgentId } from '../domain/agent.ts';
import type { AgentRecord, UpdateReport } from '../domain/agent-record.ts';
import { type NoteFailure, throwLater } from '../domain/errors/failures.ts';
import type { AgentEvent, RegistryEvent, SystemEvent } from '../domain/event.ts';
import type { Registry } from '../domain/ports/agents-control.ts';
import type { Clock } from '../domain/ports/ports.ts';
import { createEventRing } from './event-ring.ts';
import { type Folded, foldRecord } from './fold-record.ts';
import { foldUpdates } from './fold-updates.ts';
import { changesVisibly } from './visible-change.ts';

export const EVENTS_KEPT = 1000;

interface Entry {
  folded: Folded;
  /** As it was when the revision last moved. */
  shown: AgentRecord;
  updates: readonly UpdateReport[];
}

interface RegistryOptions {
  clock: Clock;
  note?: NoteFailure;
  eventsKept?: number;
}

type Listener = Parameters<Registry['subscribe']>[0];

/** Subscribers are called in the order of events. */
export function createRegistry({ clock, note = throwLater, eventsKept = EVENTS_KEPT }: RegistryOptions): Registry {
  const born = Date.parse(clock.timestamp());
  const ring = createEventRing({ firstId: born, size: eventsKept });
  const entries = new Map<AgentId, Entry>();
  const system = new Map<SystemEvent['key'], SystemEvent>();
  const listeners = createListeners<Parameters<Listener>>('events', note);
  let revision = born;

  function applyToAgent(event: AgentEvent): void {
    const before = entries.get(event.agent);
    const folded = foldRecord(before?.folded ?? null, event);
    if (folded === null) {
      if (entries.delete(event.agent)) revision += 1;
      return;
    }
    const changed = before === undefined || changesVisibly(before.shown, folded.record);
    if (changed) revision += 1;
    const updates = before?.updates ?? [];
    entries.set(event.agent, {
      folded,
      shown: changed ? folded.record : before.shown,
      updates: event.type === 'update' ? foldUpdates(updates, event.update) : updates,
    });
  }

  function announce(event: RegistryEvent): void {
    const id = ring.nextId();
    if (event.type !== 'heartbeat') ring.keep({ id, event });
    listeners.tell(id, event);
  }

  return {
    list: () => [...entries.values()].map(({ folded }) => folded.record).sort(byId),
    get: (id) => entries.get(id)?.folded.record ?? null,
    updates: (id) => entries.get(id)?.updates ?? [],
    revision: () => revision,
    since: (lastId) => ring.since(lastId),
    subscribe: listeners.add,
    system() {
      const reasons = [...system.values()].filter(({ ok }) => !ok).map(({ key, because }) => `${key}: ${because}`);
      return { status: reasons.length === 0 ? 'ok' : 'degraded', reasons };
    },
    apply(event) {
      if (event.type === 'system') system.set(event.key, event);
      else applyToAgent(event);
      announce(event);
    },
  };
}

function byId(one: AgentRecord, other: AgentRecord): number {
  return one.id < other.id ? -1 : 1;
}
