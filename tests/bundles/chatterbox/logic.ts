/** An agent that logs as fast as it can while it is told to, and answers beside it. */
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { BaseAgent } from '@hairem/agent';

const LINES = `${'a line that nobody will ever read '.repeat(8)}\n`.repeat(100);

export class Agent extends BaseAgent {
  #talking = false;
  #bytes = 0;

  override setup(): void {
    this.onCommand('talk', () => {
      this.#talking = true;
      this.spawnTask('talk', (signal) => this.talk(signal));
      return 'begun';
    });
    this.onCommand('hush', () => {
      this.#talking = false;
      return this.#bytes;
    });
  }

  async talk(signal: AbortSignal): Promise<void> {
    while (this.#talking && !signal.aborted) {
      this.#bytes += LINES.length;
      if (!process.stdout.write(LINES)) await once(process.stdout, 'drain', { signal });
      await turn();
    }
  }
}
