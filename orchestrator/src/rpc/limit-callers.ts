/**
 * What stands before a service: above its budget a speaker is not listened to, and a few times a second it is told so,
 * that an honest one asks again later. Nothing of what is too much is parsed, but for those few.
 */
import type { Clock } from '../domain/ports/ports.ts';
import type { RpcServer } from './server.ts';

interface Hearing {
  server: Pick<RpcServer, 'take' | 'refuse'>;
  /** Whether a speaker may be heard. */
  admits(channel: string, bytes: number): boolean;
  /** Why it is not, for the speaker. */
  why: string;
  clock: Pick<Clock, 'now'>;
}

/** Between two words to one speaker. */
const WORD_EVERY_MS = 100;
/** To read a larger one for its id would cost what the bound is to save. */
const READ_BYTES = 64 * 1024;
const MOST_KNOWN = 1_000;

/** @returns what takes each raw message of `svc:…` */
export function limitCallers({ server, admits, why, clock }: Hearing): (channel: string, text: string) => void {
  const told = new Map<string, number>();

  const mayBeTold = (channel: string): boolean => {
    const now = clock.now();
    if (now - (told.get(channel) ?? Number.NEGATIVE_INFINITY) < WORD_EVERY_MS) return false;
    if (told.size >= MOST_KNOWN) told.clear();
    told.set(channel, now);
    return true;
  };
  return (channel, text) => {
    if (admits(channel, text.length)) server.take(channel, text);
    else if (text.length <= READ_BYTES && mayBeTold(channel)) server.refuse(channel, text, why);
  };
}
