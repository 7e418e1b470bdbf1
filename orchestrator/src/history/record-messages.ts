/** From the bus to the recorder of history: what is heard on one connection, as far as it is that connection's to note. */
import type { HistoryEntry } from '../domain/ports/stores.ts';
import { entryOfMessage, type Said, saidOn } from './entries.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Recorder } from './recorder.ts';

interface NoteMessages {
  recorder: Pick<Recorder, 'note'>;
  quota: RateLimit;
  /** Two connections hear of one message: each notes what the other does not. */
  isMine(said: Said): boolean;
  /** Takes secrets out of a message. */
  redact(body: HistoryEntry['body']): unknown;
}

export function recordMessages({ recorder, quota, isMine, redact }: NoteMessages) {
  return (channel: string, text: string): void => {
    const said = saidOn(channel, text);
    if (!said || !isMine(said) || !quota.admits(said.sender, text.length)) return;
    const entry = entryOfMessage(said, text);
    if (entry) recorder.note({ ...entry, body: redact(entry.body) });
  };
}
