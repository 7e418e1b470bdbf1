/**
 * Hears what is said to people and to all, on a connection of its own: were it the loop's, an agent could fill its
 * buffer at Redis with broadcasts. It is opened anew whenever the bus comes up, so that it waits for no retry.
 */

import { createListeners } from '../async/listeners.ts';
import type { NoteFailure } from '../domain/errors/failures.ts';
import type { Bus } from '../domain/ports/ports.ts';
import type { Ear } from './agent-messages.ts';

export interface PeopleEar extends Pick<Bus, 'onMessage'> {
  close(): void;
}

interface PeopleEarParts {
  bus: Pick<Bus, 'onState'>;
  open(): Ear;
  note: NoteFailure;
}

export function followUserMessages({ bus, open, note }: PeopleEarParts, signal: AbortSignal): PeopleEar {
  const listeners = createListeners<[channel: string, text: string]>('what is said to people', note);
  let ear: Ear | null = null;

  bus.onState((state) => {
    if (state === 'down' || signal.aborted) return;
    ear?.close();
    ear = open();
    ear.onMessage(listeners.tell);
    ear.start(signal).catch(() => {}); // it ended before it was up
  });
  return {
    onMessage: (listener) => void listeners.add(listener),
    close: () => ear?.close(),
  };
}
