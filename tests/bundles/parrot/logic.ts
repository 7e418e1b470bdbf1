/**
 * The agent that tests load: answers every message with what it was asked, its own mark, and what looked wrong from
 * inside; before that it runs the errand that the message may name, to others of its kind. `tests/support/builders/bundles.ts` writes
 * the traits of one version into it.
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

/** What is told to the peer that began it, by each agent that it comes to: the account is kept there. */
interface Word {
  stream?: string;
  seq?: number;
  /** Who keeps the account; absent in the peer's own message. */
  peer?: string;
  /** Whom to ask, command or tell of it, one behind the other; none is a broadcast. */
  errand?: { kind: 'ask' | 'command' | 'broadcast'; route: string[] };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const newest = new Map<string, number>();

export class Agent extends BaseAgent {
  override async setup(): Promise<void> {
    console.log(`parrot ${TRAITS.mark} sets up`);
    if (TRAITS.setup === 'throw') throw new Error('the parrot will not be set up');
    if (TRAITS.setup === 'hang') await new Promise((resolve) => setTimeout(resolve, 3_600_000));
    this.onCommand('note', (args, message) => this.note(args as Word, message));
    this.onCommand('hold', ({ ms }) => wait(Number(ms)));
    this.onCommand('mark', () => ({ mark: TRAITS.mark, config: this.config, persona: this.persona }));
    if (TRAITS.crashAfterMs !== undefined) this.spawnTask('crash', () => crash(TRAITS.crashAfterMs ?? 0));
    if (TRAITS.blockAfterMs !== undefined) this.spawnTask('block', () => block(TRAITS.blockAfterMs ?? 0));
  }

  override selfTest(): void {
    if (TRAITS.selfTest === 'throw') throw new Error('the parrot failed its test');
  }

  override async onMessage(message: Message): Promise<void> {
    if (message.metadata.correlation_id) return this.tellOfAnswer(message);
    const word: Word = message.payload;
    const seen = await this.look(word, message);
    const peer = word.peer ?? message.sender.agent_id;
    const said = word.errand ? await this.run({ ...word, peer }, word.errand) : {};
    const correlationId = word.peer === undefined ? message.id : undefined;
    await this.send(peer, 'narrative.text', { ...word, ...seen, ...said }, correlationId ? { correlationId } : {});
  }

  /** One station of an errand: tells the peer, then asks the next. */
  private async note(word: Word, message: Message): Promise<Word> {
    const seen = await this.look(word, message);
    await this.send(word.peer ?? '', 'narrative.text', { ...word, ...seen });
    if (word.errand && word.errand.route.length > 0) await this.run(word, word.errand);
    return word;
  }

  private async look({ stream, seq }: Word, { metadata: { redelivered: again } }: Message) {
    const behind = stream !== undefined && seq !== undefined && isBehind(stream, seq) && !again;
    await wait(Math.random() * (TRAITS.handlerMs ?? 5));
    return { mark: TRAITS.mark, again, behind };
  }

  /** Each station has a stream of its own, so that an errand may come to one agent twice. */
  private async run({ stream, seq, peer = '' }: Word, { kind, route }: NonNullable<Word['errand']>) {
    const [target = 'broadcast', ...rest] = route;
    const word: Word = { stream: `${stream}/`, seq: seq ?? 0, peer, errand: { kind, route: rest } };
    if (kind === 'broadcast') {
      await this.send(target, 'narrative.text', { stream: `${stream}/`, seq, peer });
      return {};
    }
    const payload = { command: 'note', args: word };
    if (kind === 'command') {
      await this.send(target, 'expert.command', payload);
      return {};
    }
    const answer = (await this.ask(target, 'expert.command', payload)).payload as { result?: Word };
    return { wrong: answer.result?.stream !== word.stream || answer.result?.seq !== seq };
  }

  /** To a command that was sent and forgotten: an ordinary message. */
  private async tellOfAnswer({ payload, metadata }: Message): Promise<void> {
    const { stream, seq, peer } = (payload.result ?? {}) as Word;
    if (peer === undefined) return;
    const word = { stream: `${stream}back`, seq, again: metadata.redelivered, behind: false };
    await this.send(peer, 'narrative.text', word);
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
