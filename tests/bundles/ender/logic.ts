/** An agent whose handlers end in every way there is; its twin is ender-python. `tests/contract/sdk-answers.test.ts`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BaseAgent, type Message } from '@hairem/agent';

class Unshowable extends Error {
  override get message(): string {
    throw new Error('not even that');
  }
}

const fail = (thrown: unknown): never => {
  throw thrown;
};

const circle: Record<string, unknown> = {};
circle.itself = circle;

const broken = {
  get place(): string {
    throw new Error('a getter that fails');
  },
};

const ENDINGS: Record<string, () => unknown> = {
  error: () => fail(new Error('the lamp is broken')),
  'missing key': () => fail(new TypeError('KeyError: id')),
  'no error': () => fail(null),
  'a word': () => fail('just a word'),
  exit: () => fail(undefined),
  cancelled: () => AbortSignal.abort().throwIfAborted(),
  unshowable: () => fail(new Unshowable()),
  exhausted: () => fail(new Error('next() found nothing more')),
  rejected: () => Promise.reject(new Error('the lamp is broken')),
  circle: () => circle,
  set: () => new Set([1]),
  'not a number': () => ({ deep: [Number.NaN] }),
  bytes: () => ({ data: Buffer.from('abc') }),
  'a big number': () => ({ big: 10n ** 30n }),
  getter: () => broken,
  deep: () => JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`),
  large: () => 'x'.repeat(1024 * 1024),
  nothing: () => undefined,
};

export class Agent extends BaseAgent {
  override setup(): void {
    this.onCommand('end', async ({ how }) => ENDINGS[String(how)]?.());
    this.onCommand('history', () => this.ctx.history.map(({ role, text }) => `${role}: ${text}`));
    this.onCommand('sleep', ({ ms }) => sleep(Number(ms)));
  }

  override async onMessage(message: Message): Promise<void> {
    const { how, unawaited, ms } = message.payload;
    if (ms !== undefined) await sleep(Number(ms));
    if (how === undefined) return;
    const payload = { content: await ENDINGS[String(how)]?.(), format: 'text' };
    const answered = this.reply(message, payload);
    if (unawaited) answered.catch(() => {});
    else await answered;
  }
}
