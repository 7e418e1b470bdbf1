/** The last events with their ids, so that a client which lost its stream can go on where it was. */
import type { RegistryEvent } from '../domain/event.ts';

export interface NumberedEvent {
  id: number;
  event: RegistryEvent;
}

export interface EventRing {
  nextId(): number;
  keep(entry: NumberedEvent): void;
  since(lastId: number): readonly NumberedEvent[] | null;
}

/**
 * Ids begin at `firstId`; with the wall clock's milliseconds an id of an earlier process is always lower than ours,
 * so its holder is told to begin anew instead of being served from the wrong place. Not every id is kept: heartbeats
 * take one and are left out.
 */
export function createEventRing({ firstId, size }: { firstId: number; size: number }): EventRing {
  const kept: NumberedEvent[] = [];
  let last = firstId;
  let forgotten = firstId;
  return {
    nextId() {
      last += 1;
      return last;
    },
    keep(entry) {
      kept.push(entry);
      if (kept.length > size) forgotten = kept.shift()?.id ?? forgotten;
    },
    since(lastId) {
      if (!(lastId >= forgotten && lastId <= last)) return null;
      return kept.filter(({ id }) => id > lastId);
    },
  };
}
