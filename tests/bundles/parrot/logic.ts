/**
 * The agent that tests load: answers every message with what it was asked, its own mark, and what looked wrong from
 * inside. `tests/builders.ts` writes the traits of one version into it.
 */
import { BaseAgent, type Message } from '@hairem/agent';

interface Traits {
  mark?: string;
  handlerMs?: number;
  setup?: string;
  selfTest?: string;
  crashAfterMs?: number;
  blockAfterMs?: number;
}
const TRAITS: Traits = {};

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const newest = new Map<string, number>();

export class Agent extends BaseAgent {
  override async setup(): Promise<void> {
    console.log(`parrot ${TRAITS.mark} sets up`);
    if (TRAITS.setup === 'throw') throw new Error('the parrot will not be set up');
    if (TRAITS.setup === 'hang') await new Promise((resolve) => setTimeout(resolve, 3_600_000));
    this.onCommand('mark', () => ({ mark: TRAITS.mark, config: this.config, persona: this.persona }));
    if (TRAITS.crashAfterMs !== undefined) this.spawnTask('crash', () => crash(TRAITS.crashAfterMs ?? 0));
    if (TRAITS.blockAfterMs !== undefined) this.spawnTask('block', () => block(TRAITS.blockAfterMs ?? 0));
  }

  override selfTest(): void {
    if (TRAITS.selfTest === 'throw') throw new Error('the parrot failed its test');
  }

  override async onMessage(message: Message): Promise<void> {
    if (message.metadata.correlation_id) return;
    const { stream, seq } = message.payload as { stream?: string; seq?: number };
    const again = message.metadata.redelivered;
    const behind = stream !== undefined && seq !== undefined && isBehind(stream, seq) && !again;
    await wait(Math.random() * (TRAITS.handlerMs ?? 5));
    await this.reply(message, { ...message.payload, mark: TRAITS.mark, again, behind });
  }
}

/** Order within this instance: a number that is not above the one before it came late or twice. */
function isBehind(stream: string, seq: number): boolean {
  const before = newest.get(stream) ?? 0;
  newest.set(stream, Math.max(before, seq));
  return seq <= before;
}

async function crash(ms: number): Promise<void> {
  await wait(ms);
  console.error(`parrot ${TRAITS.mark} crashes`);
  process.exit(9);
}

async function block(ms: number): Promise<void> {
  await wait(ms);
  for (;;);
}
