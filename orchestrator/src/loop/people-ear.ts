/**
 * Hears what is said to people and to all, on a connection of its own: were it the loop's, an agent could fill its
 * buffer at Redis with broadcasts. It is opened anew whenever the bus comes up, so that it waits for no retry.
 */
import type { Bus } from '../domain/ports.ts';
import type { Ear } from './crew-ear.ts';

export interface PeopleEar extends Pick<Bus, 'onMessage'> {
  close(): void;
}

export function listenToPeople(bus: Pick<Bus, 'onState'>, open: () => Ear, signal: AbortSignal): PeopleEar {
  const listeners: ((channel: string, text: string) => void)[] = [];
  let ear: Ear | null = null;

  bus.onState((state) => {
    if (state === 'down' || signal.aborted) return;
    ear?.close();
    ear = open();
    ear.onMessage((channel, text) => {
      for (const listener of listeners) listener(channel, text);
    });
    ear.start(signal).catch(() => {}); // it ended before it was up
  });
  return {
    onMessage: (listener) => void listeners.push(listener),
    close: () => ear?.close(),
  };
}
