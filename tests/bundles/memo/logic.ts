/** The agent that tests of the services ask on the engine: it remembers, recalls, queries, looks at the crew, and talks to others. */
import { BaseAgent, type Message } from '@hairem/agent';

export class Agent extends BaseAgent {
  override setup(): void {
    this.onCommand('remember', async ({ from, to }) => {
      const numbers = Array.from({ length: Number(to) - Number(from) }, (_, n) => Number(from) + n);
      const stored = await Promise.all(numbers.map((n) => this.memory.remember(`number ${n}`)));
      return new Set(stored.map(({ id }) => id)).size;
    });
    this.onCommand('recall', async ({ query }) =>
      (await this.memory.recall(String(query))).map(({ content }) => content),
    );
    this.onCommand('query', ({ surql }) => this.memory.query(String(surql)));
    this.onCommand('crew', async () => (await this.registry.list()).map(({ id }) => id).sort());
    this.onCommand('tell', async ({ who, type, content }) => {
      await this.send(String(who), String(type), { content: String(content) });
    });
  }

  override async onMessage({ id, type, sender, payload, metadata }: Message): Promise<void> {
    if (metadata.correlation_id || type !== 'narrative.text') return;
    const answer = { content: `you said: ${payload.content}` };
    await this.send(sender.agent_id, 'narrative.text', answer, { correlationId: id });
  }
}
