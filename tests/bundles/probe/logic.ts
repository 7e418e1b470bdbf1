/** The agent of the SDK's own runtime tests: it shows on the bus what its runtime does to it. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BaseAgent, type Message } from '@hairem/agent';

export class Agent extends BaseAgent {
  #runs = 0;

  override async setup(): Promise<void> {
    if (this.config.fail_in === 'setup') throw new Error('setup says no');
    const early = await this.send('user', 'narrative.text', {}).catch((error) => error.code);
    this.onCommand('early', () => early);
    this.onCommand('secret', () => [this.secrets.TOKEN, process.env.TOKEN, process.env.PROBE_TOKEN]);
    this.onCommand('environment', () => process.env.HAIREM_REDIS_PASSWORD ?? null);
    this.onCommand('odd', () => 2n ** 60n);
    this.onCommand('deep', ({ levels }) => nested(Number(levels)));
    this.onCommand('fail', () => {
      throw new Error('as asked');
    });
    this.onCommand('left-behind', () => {
      setTimeout(() => {
        throw new Error('nobody awaits this');
      }, 1);
      Promise.reject(new Error('nor this'));
      return 'left';
    });
    this.onCommand('ask', async ({ target, command }) => {
      const answer = await this.ask(String(target), 'expert.command', { command, args: {} }, { timeout: 5 });
      return answer.payload.result;
    });
    this.onCommand('remember', async ({ from, to }) => {
      const all = range(Number(from), Number(to)).map((n) =>
        this.memory.remember(`number ${n} of many`, { tags: ['n'] }),
      );
      return (await Promise.all(all)).map(({ id }) => id);
    });
    this.onCommand('recall', ({ query, limit }) => this.memory.recall(String(query), { limit: Number(limit) }));
    this.onCommand('query', ({ surql, vars }) => this.memory.query(String(surql), vars as Record<string, unknown>));
    this.onCommand('number', async ({ digits }) => {
      const [got] = await this.memory.query('RETURN $n', { n: BigInt(String(digits)) });
      return String(got);
    });
    this.onCommand('crew', async () => (await this.registry.list()).map(({ id }) => id));
    if (this.config.remember_in_setup) await this.memory.remember(String(this.config.remember_in_setup));
    this.onCommand('block', ({ ms }) => {
      const end = performance.now() + Number(ms);
      while (performance.now() < end);
      return 'blocked';
    });
    this.onCommand('put', ({ key, value }) => {
      this.ctx.state.set(String(key), value);
      return this.ctx.state.size;
    });
    // Past what ctx.state can see when it is set.
    this.onCommand('spoil', ({ key, value }) => {
      if (!this.ctx.state.has(String(key))) this.ctx.state.set(String(key), []);
      return (this.ctx.state.get(String(key)) as unknown[]).push(value ?? new Date());
    });
    this.onCommand('get', ({ key }) => this.ctx.state.get(String(key)) ?? null);
    this.onCommand('context', () => ({
      state: Object.fromEntries(this.ctx.state),
      user: this.ctx.user,
      history: this.ctx.history.map(({ role, text, who }) => [role, text, who]),
    }));
    this.ctx.state.set('written in setup', this.profile.name);
    this.spawnTask('ticker', async (signal) => {
      this.#runs += 1;
      const run = this.#runs;
      for (let n = 1; !signal.aborted; n += 1) {
        await this.send('peer', 'system.log', { tick: n, by: this.profile.name, run });
        await sleep(20, undefined, { signal });
      }
    });
    if (this.config.deaf) this.spawnTask('deaf', () => new Promise(() => {}));
    if (this.config.fragile) {
      const fail = () => {
        throw new Error('a task that fails');
      };
      this.spawnTask('once', fail);
      this.spawnTask('again', fail, { restart: 'on-failure' });
    }
  }

  override selfTest(): void {
    if (this.config.fail_in === 'self_test') throw new Error('the self-test says no');
  }

  override async onMessage(message: Message): Promise<void> {
    if (message.type === 'expert.command') return super.onMessage(message);
    const { ms = 0, until, echo, count } = message.payload;
    const { state } = this.ctx;
    const key = `from ${message.sender.agent_id}`;
    if (count) state.set(key, Number(state.get(key) ?? 0) + 1);
    await sleep(Number(ms));
    if (until) await released(String(until));
    const { redelivered, chain } = message.metadata;
    const counted = count ? { counted: state.get(key) } : {};
    await this.reply(message, { of: message.id, by: this.profile.name, echo, redelivered, chain, ...counted });
  }

  override onConfig(): void {
    if (this.config.refuse) throw new Error('not this config');
  }

  override async teardown(): Promise<void> {
    this.log.info('torn down');
  }
}

/** With a file a test lets a handler go on; with another it is told that it does. */
async function released(path: string): Promise<void> {
  while (!existsSync(path)) await sleep(5);
  await writeFile(`${path}.seen`, '');
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

function nested(levels: number): unknown[] {
  let value: unknown[] = [];
  for (let level = 1; level < levels; level += 1) value = [value];
  return value;
}
