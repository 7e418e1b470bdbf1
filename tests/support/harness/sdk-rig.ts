/**
 * Real instance processes of an SDK against a real redis-server. The test plays the orchestrator and the
 * peers; nothing of the orchestrator's own code is used but its ACL line and its seal.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { readJson } from '../../../agent-base-image/typescript/src/json-text.ts';
import { isFields } from '../../../agent-base-image/typescript/src/message.ts';
import { aclArguments } from '../../../orchestrator/src/bus/acl.ts';
import { createControlSeal, newControlKey } from '../../../orchestrator/src/bus/control-seal.ts';
import { PYTHON, PYTHON_ENV } from '../../run/python.ts';
import { aSoftPart } from '../builders/a-version.ts';
import { newPassword, type RedisServer, sha256, startRedisServer } from '../servers/redis-server.ts';

export type Fields = Record<string, unknown>;

export interface Heard {
  channel: string;
  message: Fields & { type: string };
}

export interface Probe {
  inst: number;
  conn: string;
  child: ChildProcess;
  /** Its log lines. */
  lines: string[];
  /** Resolves when its log is whole, too. */
  exited: Promise<number | null>;
}

export interface StartOptions {
  name?: string;
  config?: Fields;
  secrets?: Record<string, string>;
  folder?: string;
  /** What a bundle says of itself, in place of name and config. */
  soft?: Fields;
  /** Leave out what orchestrators do after `hello`. */
  welcome?: boolean;
}

const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** What is tested, by `HAIREM_TEST_SDK`: the same bundle in each language, and how its process is started. */
const SDKS = {
  node: { command: [process.execPath, at('agent-base-image/typescript/src/main.ts')], probe: 'probe', env: {} },
  python: {
    command: [PYTHON, '-P', at('agent-base-image/python/hairem/start.py')],
    probe: 'probe-python',
    env: PYTHON_ENV,
  },
};
export const SDK = process.env.HAIREM_TEST_SDK === 'python' ? 'python' : 'node';
export const PROBE = at(`tests/bundles/${SDKS[SDK].probe}`);
/** Generous: a process of Python may take ten seconds to say its `hello` on a busy machine. */
const DEADLINE_MS = 30_000;
/** Said while an answer is being made. */
const ON_THE_WAY: ReadonlySet<string> = new Set(['agent.speaking', 'narrative.chunk']);

export class SdkRig {
  /** Who is played from now on. */
  agent = 'probe';
  readonly heard: Heard[] = [];
  readonly seal = createControlSeal({ current: newControlKey(), former: null }, 1);
  server: RedisServer;
  redis: Redis;
  readonly #children: ChildProcess[] = [];
  readonly #users = new Map<number, string[]>();
  #ears: Redis;
  #waiters: ((heard: Heard) => void)[] = [];
  #lastInst = 0;
  #term = 0;

  private constructor(server: RedisServer) {
    this.server = server;
    this.redis = this.#open();
    this.#ears = this.#open();
  }

  static async start(): Promise<SdkRig> {
    const rig = new SdkRig(await startRedisServer());
    await rig.#listen();
    return rig;
  }

  #open(): Redis {
    const redis = new Redis({ port: this.server.port, ...this.server.orchestrator, protocol: 3 });
    redis.on('error', () => {});
    return redis;
  }

  async #listen(): Promise<void> {
    this.#ears.on('pmessage', (_pattern, channel, text) => {
      const message = readJson(text); // what a test says in an agent's name may be anything
      if (!isFields(message)) return;
      const heard = { channel, message: message as Heard['message'] };
      this.heard.push(heard);
      for (const waiter of [...this.#waiters]) waiter(heard);
    });
    await this.#ears.psubscribe('st:*', 'agent:user:*', 'agent:peer:*', 'agent:orchestrator:*', 'broadcast:*');
  }

  /** Hears what is sent to these parties too. */
  async listenTo(parties: readonly string[]): Promise<void> {
    await this.#ears.psubscribe(...parties.map((party) => `agent:${party}:*`));
  }

  /** The next message that matches, from now on. */
  hear(what: string, matches: (heard: Heard) => boolean, deadlineMs = DEADLINE_MS): Promise<Fields> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
      };
      const timer = setTimeout(() => {
        settle();
        const seen = this.heard.slice(-8).map(({ channel, message }) => `${channel} ${message.type}`);
        reject(new Error(`not heard: ${what}; last heard: ${seen.join(', ')}`));
      }, deadlineMs);
      const waiter = (heard: Heard) => {
        if (!matches(heard)) return;
        settle();
        resolve(heard.message);
      };
      this.#waiters.push(waiter);
    });
  }

  status(inst: number, type: string): Promise<Fields> {
    const channel = `st:${this.agent}:${inst}`;
    return this.hear(`${type} of ${inst}`, (heard) => heard.channel === channel && heard.message.type === type);
  }

  async control(message: Fields): Promise<void> {
    await this.say(`ctl:${this.agent}`, message);
  }

  /** As the orchestrator says it: sealed. */
  async say(channel: string, message: Fields): Promise<void> {
    await this.redis.publish(channel, this.sealed(channel, message));
  }

  sealed(channel: string, message: Fields): string {
    return JSON.stringify(this.seal.seal(channel, this.agent, message));
  }

  /** User, process, `hello`, welcome. */
  async launch(options: StartOptions = {}): Promise<Probe> {
    this.#lastInst += 1;
    const inst = this.#lastInst;
    const password = newPassword();
    const user = aclArguments({ agent: this.agent, inst, passwordSha256: sha256(password), topics: null });
    this.#users.set(inst, user);
    await this.redis.call('ACL', 'SETUSER', ...user);
    const hello = this.status(inst, 'hello');
    const { command, env } = SDKS[SDK];
    const [program = '', ...args] = command;
    const child = spawn(program, args, {
      cwd: options.folder ?? PROBE,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...env,
        HAIREM_AGENT: this.agent,
        HAIREM_INSTANCE: String(inst),
        HAIREM_REDIS_HOST: '127.0.0.1',
        HAIREM_REDIS_PORT: String(this.server.port),
        HAIREM_REDIS_PASSWORD: password,
        HAIREM_CONTROL_KEY: this.seal.keyFor(this.agent),
      },
    });
    this.#children.push(child);
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => lines.push(...text.trimEnd().split('\n')));
    }
    const exited = once(child, 'close').then(([code]) => code as number | null);
    const died = exited.then((code) => {
      throw new Error(`instance ${inst} ended with ${code}:\n${lines.join('\n')}`);
    });
    died.catch(() => {});
    const { conn } = await Promise.race([hello, died]);
    if (options.welcome !== false) await this.welcome(inst, options);
    return { inst, conn: String(conn), child, lines, exited };
  }

  async welcome(inst: number, { name, config = {}, secrets = {}, soft: own }: StartOptions): Promise<void> {
    const soft = own ?? softPart(name ?? `probe ${inst}`, config);
    const message = { type: 'welcome', id: this.agent, inst, hash: `hash-${inst}`, soft, secrets, drain_seconds: 5 };
    await this.say(`re:${this.agent}:${inst}`, message);
  }

  /** Launched, marked with itself as owner, cut to. */
  async first(options: StartOptions = {}): Promise<Probe> {
    const probe = await this.launch(options);
    await this.mark(probe, probe);
    await this.cut({ to: probe, all: [probe] });
    return probe;
  }

  async mark(probe: Probe, owner: Probe): Promise<void> {
    const standby = this.status(probe.inst, 'standby');
    await this.control({ type: 'mark', id: randomUUID(), owner: owner.inst });
    await standby;
  }

  async cut({ to, all, adopt = [] }: { to: Probe; all: Probe[]; adopt?: Probe[] }): Promise<Fields> {
    this.#term += 1;
    const active = this.status(to.inst, 'active');
    const conns = Object.fromEntries(all.map(({ inst, conn }) => [inst, conn]));
    const message = {
      type: 'cut',
      id: randomUUID(),
      term: this.#term,
      to: to.inst,
      adopt: adopt.map(({ inst }) => inst),
      conns,
    };
    const dead = adopt[0];
    if (!dead) await this.control(message);
    else {
      const both = this.redis.multi().call('ACL', 'DELUSER', `${this.agent}.${dead.inst}`);
      const channel = `ctl:${this.agent}`;
      await both.publish(channel, this.sealed(channel, message)).exec();
    }
    return active;
  }

  /** Publishes one message to the agent. @returns its id */
  async send(message: Fields & { payload: Fields; from?: string; metadata?: Fields }): Promise<string> {
    const { from = 'peer', id = randomUUID(), type = 'system.log', payload, metadata = {} } = message;
    const sender = { agent_id: from, role: 'peer' };
    const recipient = { target: this.agent, room: null };
    const envelope = { id, timestamp: new Date().toISOString(), type, sender, recipient, payload, metadata };
    await this.redis.publish(`agent:${this.agent}:${from}`, JSON.stringify(envelope));
    return String(id);
  }

  /** Sends, and waits for what answers it. */
  async request(
    message: Fields & { payload: Fields; from?: string },
    deadlineMs = DEADLINE_MS,
  ): Promise<{ payload: Fields; metadata: Fields; type: string }> {
    const id = randomUUID();
    const isAnswer = ({ message: answer }: Heard) => {
      const { metadata, type } = answer as { metadata?: { correlation_id?: string }; type: string };
      if (ON_THE_WAY.has(type)) return false;
      return metadata?.correlation_id === id;
    };
    const answered = this.hear(`an answer to ${id}`, isAnswer, deadlineMs);
    await this.send({ ...message, id });
    return (await answered) as { payload: Fields; metadata: Fields; type: string };
  }

  async command(command: string, args: Fields = {}, deadlineMs = DEADLINE_MS): Promise<Fields> {
    return (await this.request({ type: 'expert.command', payload: { command, args } }, deadlineMs)).payload;
  }

  /** Redis dies and comes back with no user but ours; users are made again before anything else. */
  async restartRedis(ms: number): Promise<void> {
    await this.server.restart(ms);
    this.redis.disconnect();
    this.#ears.disconnect();
    this.redis = this.#open();
    this.#ears = this.#open();
    await this.#listen();
    for (const user of this.#users.values()) await this.redis.call('ACL', 'SETUSER', ...user);
  }

  async stop(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    this.redis.disconnect();
    this.#ears.disconnect();
    await this.server.stop();
  }
}

export function softPart(name: string, config: Fields): Fields {
  return { ...aSoftPart({ name, role: 'expert', config }) };
}
