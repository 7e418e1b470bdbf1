/**
 * Hears what agents say to each other, for history alone, on a connection of its own: were it the loop's, a flood among
 * agents would fill its buffer at Redis, and Redis would cut the loop off. This one may be cut; it comes back by itself.
 */

import { untilAborted } from '../async/until-aborted.ts';
import type { Log } from '../domain/ports/log.ts';
import type { Bus, Clock } from '../domain/ports/ports.ts';

/** One life of the connection. */
export interface Ear extends Pick<Bus, 'onMessage'> {
  start(signal: AbortSignal): Promise<void>;
  close(): void;
}

interface CrewEar {
  open(): Ear;
  onMessage(channel: string, text: string): void;
  clock: Clock;
  log: Log;
}

/** Some thousands a second are a busy crew; to hear more than that would take the loop's own time. */
const FLOOD = 50_000;
const WINDOW_MS = 10_000;
const PAUSE_MS = 30_000;

/** Runs until the signal aborts. Never rejects. */
export async function followAgentMessages(
  { open, onMessage, clock, log }: CrewEar,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const flood = new AbortController();
    const ear = open();
    const isTooMuch = floodGauge(clock);
    ear.onMessage((channel, text) => {
      if (flood.signal.aborted) return;
      if (isTooMuch()) flood.abort();
      else onMessage(channel, text);
    });
    const over = AbortSignal.any([flood.signal, signal]);
    ear.start(over).catch(() => {}); // it ended before it was up
    await untilAborted(over);
    ear.close();
    if (signal.aborted) return;
    const seconds = PAUSE_MS / 1000;
    log.warn('agents say more to each other than history can hear; it does not listen for a while', { seconds });
    await clock.sleep(PAUSE_MS, signal).catch(() => {});
  }
}

/** @returns what is called for each message, and says whether it was one too many */
function floodGauge(clock: Clock): () => boolean {
  let begun = clock.now();
  let heard = 0;
  return () => {
    heard += 1;
    if (heard <= FLOOD) return false;
    const isFlood = clock.now() - begun < WINDOW_MS;
    begun = clock.now();
    heard = 0;
    return isFlood;
  };
}
