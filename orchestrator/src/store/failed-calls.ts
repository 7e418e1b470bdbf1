/** What is answered to calls that a database process did not answer, and what is said of them. */
import { HairemError } from '../domain/errors/errors.ts';
import type { CallHead, ReplyHead } from '../domain/messages/store-call.ts';

export interface Answer {
  head: ReplyHead;
  body: Buffer;
}

const NOTHING = Buffer.alloc(0);
const NAMED = 3;

/** What a process ran when it ended, for people. */
export function described(jobs: readonly { head: CallHead }[]): string {
  const named = jobs.slice(0, NAMED).map(({ head }) => `${head.method} (request ${head.request.slice(0, 64)})`);
  const more = jobs.length > NAMED ? [`${jobs.length - NAMED} more`] : [];
  return [...named, ...more].join(', ');
}

export const failed = (id: number, { code, message }: HairemError): Answer => ({
  head: { type: 'reply', id, ok: false, error: { code, message } },
  body: NOTHING,
});

export const killed = (why: string) =>
  new HairemError('refused', `the database process ended while it ran this (${why}); it is not run again`);
export const poison = () =>
  new HairemError('refused', 'the database process ended when it ran this before; it is not run again');
export const suspended = () =>
  new HairemError('unavailable', 'this database ended three times within a minute and is closed for a minute');
