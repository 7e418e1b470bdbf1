/** Whether the services are there, for `/api/status`: they say a word every ten seconds, and silence is one that hangs. */
import type { SystemEvent } from '../../domain/event.ts';
import type { Clock } from '../../domain/ports/ports.ts';

export interface ServicesHealth {
  busIs(state: 'up' | 'down'): void;
  /** That they were started again and again, and by whom; null where they were not. Said with each word. */
  restarted(why: string | null): void;
  /** Something came that only the services can say. */
  heard(): void;
  /** Publishes a request to them. @returns how many heard it: none is as certain as can be, and known at once */
  counted(publish: () => Promise<number>): Promise<number>;
  /** Runs until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

interface Tools {
  clock: Clock;
  /** Says a change once, however often it is called. */
  system(key: SystemEvent['key'], ok: boolean, because: string): void;
}

/** Three words missed. It is also what they have to come up after Redis has. */
const SILENT_MS = 30_000;
const LOST =
  'memory, language models and history do not work; agents go on, and are answered late. ' +
  'Start them with `docker compose up -d services`; `docker compose logs services` says why they ended';

export function createServicesHealth({ clock, system }: Tools): ServicesHealth {
  let isUp = false;
  let isHere = false;
  let words = 0;
  let restarts: string | null = null;
  let lastSign = clock.now();

  const away = (how: string) => {
    isHere = false;
    system('services', false, `the services are away (${how}): ${LOST}`);
  };
  return {
    busIs(state) {
      isUp = state === 'up';
      isHere = false;
      lastSign = clock.now();
    },
    heard() {
      words += 1;
      isHere = true;
      lastSign = clock.now();
      if (restarts === null) system('services', true, 'the services are there');
    },
    restarted(why) {
      restarts = why;
      if (why === null) system('services', true, 'the services stay up');
      else system('services', false, `${why}; \`docker compose logs services\` says how they ended`);
    },
    async counted(publish) {
      const before = words;
      const listeners = await publish();
      if (listeners === 0 && isHere && words === before) away('nobody hears what is asked of them');
      return listeners;
    },
    async run(signal) {
      while (!signal.aborted) {
        const left = lastSign + SILENT_MS - clock.now();
        await clock.sleep(left > 0 ? left : SILENT_MS, signal).catch(() => {});
        if (!signal.aborted && isUp && clock.now() - lastSign >= SILENT_MS) away('nothing heard for 30 seconds');
      }
    },
  };
}
