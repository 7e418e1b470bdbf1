/** An agent that leaves its conversation to BaseAgent, and has skills and commands to show its language model by. */
import { BaseAgent, type JsonObject } from '@hairem/agent';

export class Agent extends BaseAgent {
  override setup() {
    this.skill('now', { description: 'What time it is.' }, ({ zone }) => `noon in ${zone ?? 'this house'}`);
    this.onCommand('chat', (args) => this.llm.chat(String(args.text)));
    this.onCommand('many', (args) => this.many(Number(args.count)));
    this.onCommand('stream', (args) => this.stream(String(args.text)));
    this.onCommand('embed', async (args) => (await this.llm.embed(args.texts as string[])).length);
    this.onCommand('first_pieces', (args) => this.firstPieces(Number(args.count)));
    this.onCommand('give_up', () => this.giveUp());
    this.onCommand('history', () => this.ctx.history.map(({ role, text, who }) => ({ role, text, who })));
  }

  /** Listed in its manifest, and made by nothing but its name. */
  who_can({ capability }: JsonObject) {
    return { capability, agents: ['horloge'] };
  }

  async many(count: number) {
    const asked = Array.from({ length: count }, (_, n) => this.llm.chat(`question ${n}`));
    return (await Promise.all(asked)).map(({ text }) => text);
  }

  async stream(text: string) {
    const pieces: string[] = [];
    for await (const piece of this.llm.stream(text)) {
      if (piece.restart) pieces.push('restart');
      pieces.push(piece.text);
    }
    return pieces;
  }

  /** Milliseconds to the first piece of so many answers. */
  async firstPieces(count: number) {
    const taken: number[] = [];
    for (let n = 0; n < count; n += 1) {
      const began = performance.now();
      const pieces = this.llm.stream('say something');
      await pieces.next();
      taken.push(performance.now() - began);
      while (!(await pieces.next()).done);
    }
    return taken;
  }

  async giveUp() {
    const stop = new AbortController();
    const asked = this.llm.chat('never mind', { signal: stop.signal });
    setTimeout(() => stop.abort(), 300);
    return asked.catch((error) => error.code);
  }
}
