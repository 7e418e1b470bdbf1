/** The agent that tests what is kept over an update: counts in its context, and ticks in a task. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BaseAgent } from '@hairem/agent';

const MARK = '';

export class Agent extends BaseAgent {
  override async setup(): Promise<void> {
    const { state } = this.ctx;
    this.onCommand('count', () => {
      state.set('count', Number(state.get('count') ?? 0) + 1);
      return state.get('count');
    });
    this.onCommand('context', () => {
      const said = this.ctx.history.map(({ role, text }) => `${role}: ${text}`);
      return { mark: MARK, count: state.get('count'), user: this.ctx.user, said };
    });
    this.spawnTask('ticker', (signal) => this.#tick(signal), { restart: 'on-failure' });
    if (this.config.deaf) this.spawnTask('deaf', () => new Promise(() => {}));
    if (this.config.crash === MARK) this.spawnTask('crash', () => sleep(500).then(() => process.exit(9)));
  }

  async #tick(signal: AbortSignal): Promise<void> {
    const run = Math.random();
    for (let tick = 1; !signal.aborted; tick += 1) {
      await this.send('user', 'system.log', { tick, run, mark: MARK });
      await sleep(50, undefined, { signal });
    }
  }
}
