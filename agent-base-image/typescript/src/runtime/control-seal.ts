/**
 * Tells what the orchestrator says on `ctl:<id>` and `re:<id>:<inst>` from what anybody else publishes there, also with a
 * stolen password of the bus (BUS.md, Seal): the text carries a MAC over channel and body, and a serial that only grows.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface ControlSeal {
  /** @returns the JSON that was sealed; null for what is forged, changed, or was said before */
  open(channel: string, text: string): string | null;
}

/** While the control key is rotated a text carries two MACs, one with each key. */
const HEAD = /^\{"mac":"([\w-]{43})(?:\.([\w-]{43}))?",(?="serial":([1-9][0-9]{0,15})[,}])/;
const HEAD_CHARS = 128;

/** @param after the serial that the orchestrator had reached when it made this instance */
export function createControlSeal({ key, after }: { key: string; after: number }): ControlSeal {
  let last = after;
  return {
    open(channel, text) {
      const head = HEAD.exec(text.slice(0, HEAD_CHARS));
      if (!head) return null;
      const [prefix, first = '', second = first, serial] = head;
      const body = `{${text.slice(prefix.length)}`;
      const mac = Buffer.from(createHmac('sha256', key).update(`${channel}\n${body}`).digest('base64url'));
      const fits = [first, second].map((given) => timingSafeEqual(mac, Buffer.from(given)));
      if (!fits.includes(true) || !(Number(serial) > last)) return null;
      last = Number(serial);
      return body;
    },
  };
}
