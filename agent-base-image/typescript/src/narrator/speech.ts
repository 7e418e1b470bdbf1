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
  let going: Promise<void> | null = null;

  const go = async () => {
    while (waiting.content !== '' || waiting.restart) {
      const piece = { ...waiting, seq };
      waiting = { content: '', restart: false };
      seq += 1;
      await utter(piece);
    }
  };
  const begin = () => {
    going ??= go().finally(() => {
      going = null;
    });
    going.catch(() => {});
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
      await going?.catch(() => {});
    },
  };
}
