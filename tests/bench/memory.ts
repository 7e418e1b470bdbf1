/**
 * What remembering and recalling cost an agent over the bus, beside the driver on the same engine with the same
 * memories, at two sizes. No container engine: Redis and the services are processes, the asker is the SDK's own line.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { systemClock } from '../../agent-base-image/typescript/src/runtime/clock.ts';
import { connect } from '../../agent-base-image/typescript/src/runtime/connection.ts';
import { createServiceLine, type ServiceLine } from '../../agent-base-image/typescript/src/runtime/service-line.ts';
import { aclArguments } from '../../orchestrator/src/bus/acl.ts';
import { prepareServices, type ServicesProcess } from '../support/harness/services-process.ts';
import { newPassword, type RedisServer, sha256, startRedisServer } from '../support/servers/redis-server.ts';
import type { DirectFigures } from './memory-direct.ts';
import { madeUp } from './memory-texts.ts';

/** Milliseconds of each round. */
export interface MemoryRounds {
  size: number;
  service: DirectFigures;
  direct: DirectFigures;
}

export interface MemoryFigures {
  rounds: MemoryRounds[];
  /** Of the services, idle behind all that. */
  servicesMib: { fresh: number; after: number };
}

export interface MemorySizes {
  memories: readonly number[];
  rounds: number;
}

const AGENT = 'bench';
const DIRECT = fileURLToPath(new URL('./memory-direct.ts', import.meta.url));
/** Until a process that is left alone has given back what it can. */
const SETTLE_MS = 3_000;

export async function measureMemory(
  { memories, rounds }: MemorySizes,
  { note }: { note: (text: string) => void },
): Promise<MemoryFigures> {
  const server = await startRedisServer();
  const admin = new Redis({ port: server.port, ...server.orchestrator, enableReadyCheck: false });
  const services = await prepareServices(admin, server.port);
  try {
    await services.start();
    await sleep(SETTLE_MS);
    const figures: MemoryFigures = { rounds: [], servicesMib: { fresh: mibOf(services), after: 0 } };
    for (const size of memories) {
      await services.kill();
      note(`${size} memories: the driver alone`);
      const direct = await runDirect(join(services.folder, 'surrealdb'), { size, rounds });
      note(`${size} memories: over the bus`);
      await services.start();
      figures.rounds.push({ size, direct, service: await runOverBus(server, admin, rounds) });
    }
    await sleep(SETTLE_MS);
    figures.servicesMib.after = mibOf(services);
    return figures;
  } finally {
    admin.disconnect();
    await services.remove();
    await server.stop();
  }
}

async function runDirect(folder: string, { size, rounds }: { size: number; rounds: number }): Promise<DirectFigures> {
  const args = ['--disable-warning=ExperimentalWarning', DIRECT, folder, String(size), String(rounds)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the driver's process ended with ${code}`);
  return JSON.parse(text) as DirectFigures;
}

async function runOverBus(server: RedisServer, admin: Redis, rounds: number): Promise<DirectFigures> {
  const { line, close } = await anInstance(server, admin);
  const made = madeUp(11);
  const timed = async (op: string, args: () => Record<string, unknown>) => {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const asked = args();
      const began = performance.now();
      await line.request({ service: 'memory', op, args: asked });
      times.push(performance.now() - began);
    }
    return times;
  };
  await line.request({ service: 'memory', op: 'recall', args: { query: 'warm' }, timeout: 15 });
  const remember = await timed('remember', () => ({ content: made.text(), embedding: made.vector() }));
  const words = await timed('recall', () => ({ query: made.text(3), limit: 10 }));
  const meaning = await timed('recall', () => ({ embedding: made.vector(), limit: 10 }));
  close();
  return { remember, words, meaning };
}

/** An instance as far as it asks services: its own user, its own connection, the SDK's own line. */
async function anInstance(server: RedisServer, admin: Redis): Promise<{ line: ServiceLine; close: () => void }> {
  const password = newPassword();
  const user = aclArguments({ agent: AGENT, inst: 1, passwordSha256: sha256(password), topics: null });
  await admin.call('ACL', 'SETUSER', ...user);
  const options = { host: '127.0.0.1', port: server.port, username: `${AGENT}.1`, password };
  const onChannel = (_channel: string, text: string) => void line.take('memory', text);
  const connection = await connect(options, { onChannel, onPattern() {}, onLost() {} });
  await connection.subscribe({ patterns: [`agent:${AGENT}:*`], channels: [`re:${AGENT}:1:memory`] });
  const publish = async (channel: string, text: string) => (await connection.publish(channel, text)) ?? 0;
  const line = createServiceLine({ agent: AGENT, inst: 1, clock: systemClock, publish });
  return { line, close: () => connection.close() };
}

/** Its own memory and no file of others: what the engine would count as the container's. */
function mibOf({ pid }: ServicesProcess): number {
  const rollup = readFileSync(`/proc/${pid()}/smaps_rollup`, 'utf8');
  const kib = Number(/^Pss_Anon:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? Number.NaN);
  return Number((kib / 1024).toFixed(2));
}
