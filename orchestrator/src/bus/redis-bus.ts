/** The bus on Redis: one connection for everything, so that what is sent and heard keeps its order. */

import { Redis } from 'ioredis';
import { createListeners } from '../async/listeners.ts';
import { isError, wordsOf } from '../domain/errors/error-text.ts';
import { asHairemError, HairemError } from '../domain/errors/errors.ts';
import { createFailures, type Failure } from '../domain/errors/failures.ts';
import { isMistake } from '../domain/errors/no-answer.ts';
import { MAX_MESSAGE_BYTES } from '../domain/messages/h-link.ts';
import type { Bus } from '../domain/ports/ports.ts';
import { writeJson } from '../domain/text/json-text.ts';
import { aclArguments, isInstanceUser } from './acl.ts';
import { coreUserArguments, isCoreUser } from './core-users.ts';
import { type Named, newLeaderLock } from './leader-lock.ts';
import { keepPulse } from './redis-pulse.ts';
import { connectionsIn, countsIn, isOn, passwordsIn, refusalsIn } from './redis-state.ts';

/** What the orchestrator hears on the connection that the hand-over stands on: nothing that is said to people or to all. */
const ORCHESTRATOR = ['st:*', 'svc:registry:*', 'svc:crew:*', 're:orchestrator:1:history'];
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 2_000;
const COMMAND_TIMEOUT_MS = 5_000;
const PING_MS = 1_000;

export interface RedisAddress {
  host: string;
  port: number;
  username: string;
  /** Those that may be valid, the newest first; asked at each try. */
  passwords(): readonly string[];
}

export interface RedisBus extends Bus {
  /** Resolves at the first connection; it goes on trying until the signal aborts. */
  start(signal: AbortSignal): Promise<void>;
  close(): void;
  /** Redis' number of its connection; null while it has none. */
  connection(): string | null;
}

export interface RedisBusOptions {
  /** One call per change of state, with what Redis or the socket said. */
  onError(message: string): void;
  /** A listener threw or rejected; the others have heard. */
  onFailure?(failure: Failure): void;
  sleep(ms: number): Promise<void>;
  /** How long nothing may come before it is pinged; a second by default. */
  pingMs?: number;
  /** What is heard; by default what the orchestrator hears. */
  patterns?: readonly string[];
  /** Another orchestrator has the claim: this bus never comes up, and its process should end. Null: no claim is made. */
  onRival: ((error: HairemError) => void) | null;
}

export function createRedisBus(address: RedisAddress, options: RedisBusOptions): RedisBus {
  const { onError, onRival, sleep, patterns = ORCHESTRATOR, pingMs = PING_MS } = options;
  const { onFailure = ({ about, error }) => onError(`a listener to ${about} failed: ${wordsOf(error)}`) } = options;
  const redis = connectLazily(address, pingMs);
  const claim = newLeaderLock();
  const note = createFailures(onFailure);
  const listeners = createListeners<[channel: string, text: string]>('messages of the bus', note);
  const stateListeners = createListeners<[state: 'up' | 'down']>('states of the bus', note);
  let state: 'up' | 'down' = 'down';
  let lastError = '';
  let connection: string | null = null;

  const tell = (next: 'up' | 'down') => {
    if (next === state) return;
    state = next;
    stateListeners.tell(next);
  };
  redis.on('error', (error: Error) => {
    const said = wordsOf(error);
    if (said !== lastError) onError(said);
    lastError = said;
  });
  redis.on('pmessage', (_pattern: string, channel: string, text: string) => listeners.tell(channel, text));
  redis.on('close', () => {
    connection = null;
    tell('down');
  });
  redis.on('ready', async () => {
    try {
      connection = String(await redis.client('ID'));
      if (onRival) await claim(named(redis), sleep);
      // Where Redis has too little memory, the connection that it ends is never one of ours.
      await redis.call('CLIENT', 'NO-EVICT', 'on').catch((error: Error) => onError(wordsOf(error)));
      await redis.psubscribe(...patterns);
      lastError = '';
      tell('up');
    } catch (error) {
      const isRival = error instanceof HairemError;
      redis.disconnect(!isRival); // half a subscription is none: connect again
      if (isRival) onRival?.(error);
    }
  });

  return {
    start: (signal) => untilUp(redis, { isUp: () => state === 'up', onUp: stateListeners.add, signal }),
    close: () => redis.disconnect(),
    connection: () => connection,
    async publish(channel, message) {
      // Connected, but not subscribed: an answer to it would not be heard.
      if (state === 'down') throw busError('it is away, or just coming back');
      return run(() => redis.publish(channel, textOf(message)));
    },
    async fenceAndPublish(user, channel, message) {
      const replies = await run(() =>
        redis.multi().call('ACL', 'DELUSER', user).publish(channel, textOf(message)).exec(),
      );
      for (const [error] of replies ?? []) if (error) throw busError(error);
    },
    setUser: (user) => run(() => redis.call('ACL', 'SETUSER', ...aclArguments(user))).then(() => {}),
    deleteUser: (user) => run(() => redis.call('ACL', 'DELUSER', user)).then(() => {}),
    passwordsOf: (user) => run(() => redis.call('ACL', 'GETUSER', user)).then(passwordsIn),
    async setPasswords(user, hashes) {
      if (!isCoreUser(user)) throw new HairemError('not_found', `${user} is no user of ours`);
      await run(() => redis.call('ACL', 'SETUSER', ...coreUserArguments(user, hashes)));
    },
    async strangers() {
      const names = (await run(() => redis.call('ACL', 'USERS'))) as string[];
      const others = names.filter((name) => name !== 'default' && !isCoreUser(name) && !isInstanceUser(name));
      const isOpen = isOn(await run(() => redis.call('ACL', 'GETUSER', 'default')));
      return isOpen ? ['default', ...others] : others;
    },
    async listUsers() {
      const names = await run(() => redis.call('ACL', 'USERS'));
      return (names as string[]).filter(isInstanceUser);
    },
    async connectionsOf(user) {
      const list = String(await run(() => redis.client('LIST')));
      const lines = list.split('\n').filter((line) => line.includes(` user=${user} `));
      return lines.map((line) => ({ sub: countIn(line, 'sub'), psub: countIn(line, 'psub') }));
    },
    counts: () => run(() => redis.info('clients', 'stats')).then(countsIn),
    connections: () => run(() => redis.client('LIST')).then((list) => connectionsIn(String(list))),
    async endConnections(ids) {
      const pipeline = redis.pipeline();
      for (const id of ids) pipeline.client('KILL', 'ID', id);
      await run(() => pipeline.exec());
    },
    async refusals() {
      // Read and emptied in one transaction, so that nothing is told twice.
      const replies = await run(() => redis.multi().call('ACL', 'LOG', '128').call('ACL', 'LOG', 'RESET').exec());
      const [[error, entries] = []] = replies ?? [];
      if (error) throw busError(error);
      return refusalsIn(entries);
    },
    // One connection, one order: behind this answer is nothing that came before it.
    caughtUp: () => run(() => redis.ping()).then(() => {}),
    onMessage: (listener) => void listeners.add(listener),
    onState: (listener) => void stateListeners.add(listener),
  };
}

export function named(redis: Redis): Named {
  return {
    async takeName(name) {
      const replies = await redis.multi().client('LIST').client('SETNAME', name).exec();
      const [[failure, list] = []] = replies ?? [];
      if (failure) throw failure;
      return String(list);
    },
    dropName: () => redis.client('SETNAME', '').then(() => {}),
    end: (connection) => redis.client('KILL', 'ID', connection).then(() => {}),
  };
}

function connectLazily({ host, port, username, passwords }: RedisAddress, pingMs: number): Redis {
  const redis = new Redis({
    host,
    port,
    username,
    password: passwords().at(-1) ?? '',
    protocol: 3, // PUBLISH works on the subscribed connection
    lazyConnect: true,
    enableReadyCheck: false,
    disableClientInfo: true,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy(tries) {
      const known = passwords();
      redis.options.password = known[(tries - 1) % known.length] ?? redis.options.password ?? '';
      return Math.min(FIRST_RETRY_MS * 2 ** Math.min(tries, 8), LONGEST_RETRY_MS) * (0.5 + Math.random() / 2);
    },
  });
  keepPulse(redis, pingMs);
  return redis;
}

interface Start {
  isUp: () => boolean;
  onUp: (listener: (state: 'up' | 'down') => void) => void;
  signal: AbortSignal;
}

function untilUp(redis: Redis, { isUp, onUp, signal }: Start): Promise<void> {
  return new Promise((resolve, reject) => {
    if (isUp()) return resolve();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    onUp((state) => {
      if (state === 'up') resolve();
    });
    redis.connect().catch(() => {}); // retried by its own strategy; 'error' has said why
  });
}

/** Redis ends a connection on which something larger comes: all who stand on it would go down with one message. */
function textOf(message: unknown): string {
  const text = writeJson(message);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_MESSAGE_BYTES)
    throw new HairemError('too_large', `the message has ${bytes} bytes; the bus takes 1 MiB at most`);
  return text;
}

async function run<T>(command: () => Promise<T>): Promise<T> {
  try {
    return await command();
  } catch (error) {
    throw busError(error);
  }
}

/** Redis is away, or has refused it, or what was to be sent is at fault: nobody is blamed for another. */
export function busError(cause: unknown): HairemError {
  if (cause instanceof HairemError || isMistake(cause)) return asHairemError(cause);
  const refused = isError(cause) && cause.name === 'ReplyError';
  const what = refused ? 'Redis refused it' : 'Redis did not answer';
  return new HairemError('bus_unavailable', `${what}: ${wordsOf(cause)}`, { cause });
}

/** Of `INFO clients`. */
const countIn = (line: string, key: string) => Number(new RegExp(` ${key}=(\\d+)`).exec(line)?.[1] ?? 0);
