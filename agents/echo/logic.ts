/** The smallest agent: what is sent to it comes back. The tests and benchmarks load it heavily, so it does no more. */
import { BaseAgent, type Message } from '@hairem/agent';

export class Agent extends BaseAgent {
  override async onMessage(message: Message): Promise<void> {
    // An answer is not answered, or two of these would never stop.
    if (message.metadata.correlation_id) return;
    await this.send(message.sender.agent_id, 'narrative.text', message.payload, { correlationId: message.id });
  }
}
