/** The agent that the benchmark times: asks another again and again, and is asked. */
import { BaseAgent } from '@hairem/agent';

export class Agent extends BaseAgent {
  override setup(): void {
    this.onCommand('echo', (args) => args);
    this.onCommand('measure', ({ target, rounds }) => this.measure(String(target), Number(rounds)));
  }

  /** @returns milliseconds of each question until its answer */
  private async measure(target: string, rounds: number): Promise<number[]> {
    const times: number[] = [];
    for (let n = 0; n < rounds; n += 1) {
      const began = performance.now();
      await this.ask(target, 'expert.command', { command: 'echo', args: { n } });
      times.push(performance.now() - began);
    }
    return times;
  }
}
