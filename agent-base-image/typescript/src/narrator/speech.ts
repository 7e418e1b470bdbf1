/** An answer while it is being said: pieces go out one after the other, and what comes meanwhile goes with the next. */

/** Sends one piece; resolves when it has gone. */
type Utter = (piece: { content: string; seq: number; restart: boolean }) => Promise<unknown>;

export interface Speech {
  say(text: string): void;
  /** What was said is void. */
  restart(): void;
  /** Resolves when everything has gone, or cannot: the whole answer follows. */
  end(): Promise<void>;
}

export function createSpeech(utter: Utter): Speech {
  let waiting = { content: '', restart: false };
  let seq = 0;
  let isGoing = false;
  let gone: Promise<void> = Promise.resolve();

  const isWaiting = () => waiting.content !== '' || waiting.restart;
  /** Says itself that it has ended, in the turn in which it found nothing more: what comes in the next begins anew. */
  const go = async () => {
    isGoing = true;
    try {
      while (isWaiting()) {
        const piece = { ...waiting, seq };
        waiting = { content: '', restart: false };
        seq += 1;
        await utter(piece);
      }
    } finally {
      isGoing = false;
    }
  };
  const begin = () => {
    if (!isWaiting() || isGoing) return;
    gone = go();
    gone.catch(() => {});
  };
  return {
    say(text) {
      waiting.content += text;
      begin();
    },
    restart() {
      waiting = { content: '', restart: true };
      begin();
    },
    async end() {
      await gone.catch(() => {});
    },
  };
}
