/** An agent that asks others, and that can die of a question; its twin is mortal-python. */
import { BaseAgent, SendError } from '@hairem/agent';

const ENDS: Record<string, () => unknown> = {
  exit: () => process.exit(9),
  abort: () => process.abort(),
  kill: () => process.kill(process.pid, 'SIGKILL'),
  grow: () => {
    for (const held: Buffer[] = []; ; ) held.push(Buffer.alloc(16 * 1024 * 1024, 1));
  },
  never: () => new Promise(() => {}),
};

export class Agent extends BaseAgent {
  override setup(): void {
    this.onCommand('die', ({ how }) => ENDS[String(how)]?.());
    this.onCommand('tell', (args) => this.tell(args));
  }

  /** @returns how asking another went */
  private async tell({ target, how, seconds }: Record<string, unknown>): Promise<object> {
    const began = performance.now();
    const over = () => Math.round(performance.now() - began);
    try {
      const question = { command: 'die', args: { how } };
      const { payload } = await this.ask(String(target), 'expert.command', question, { timeout: Number(seconds) });
      return { ms: over(), answer: payload };
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      return { ms: over(), code: error.code, message: error.message };
    }
  }
}
