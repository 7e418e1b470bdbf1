/** The timers of one instance: ticks for the state machine, heartbeats for the registry. */
import { createVitals, type Vitals } from './heartbeat.ts';

const TICK_MS = 100;
const DRAIN_TICK_MS = 3;
const HEARTBEAT_MS = 2_000;

export class Pulse {
  readonly #vitals;
  readonly #tick: () => void;
  readonly #beat: () => void;
  #tickIsNear = false;

  constructor(now: () => number, on: { tick: () => void; beat: () => void }) {
    this.#vitals = createVitals(TICK_MS, now);
    this.#tick = on.tick;
    this.#beat = on.beat;
  }

  begin(): void {
    setInterval(() => {
      this.#vitals.tick();
      this.#tick();
    }, TICK_MS);
    setInterval(this.#beat, HEARTBEAT_MS);
  }

  tickSoon(): void {
    if (this.#tickIsNear) return;
    this.#tickIsNear = true;
    setTimeout(() => {
      this.#tickIsNear = false;
      this.#tick();
    }, DRAIN_TICK_MS);
  }

  vitals(): Vitals {
    return this.#vitals.read();
  }
}
