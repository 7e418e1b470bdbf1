/** Between a registry that never waits and a reader that may: a bounded queue that gives up on a reader too slow. */
export interface EventQueue<Event> {
  push(event: Event): void;
  end(): void;
  /** Ends after `end`, at once after an overflow. One reader. */
  events(): AsyncIterable<Event>;
}

export function createEventQueue<Event>({
  limit,
  onOverflow,
}: {
  limit: number;
  onOverflow: () => void;
}): EventQueue<Event> {
  const waiting: Event[] = [];
  let ended = false;
  let wake = () => {};

  function end(): void {
    ended = true;
    wake();
  }

  return {
    push(event) {
      if (ended) return;
      waiting.push(event);
      if (waiting.length <= limit) return wake();
      waiting.length = 0;
      onOverflow();
      end();
    },
    end,
    async *events() {
      while (true) {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next;
        if (ended) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
