/**
 * The store as a process: listens on a socket for `services`, and starts a child for each database that is asked for. It
 * holds no database, no key and no network, and loads no library: it is there all the time, on hosts that are small.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { HairemError } from '../domain/errors/errors.ts';
import { type CallHead, type DatabaseName, ownerOf, QUERY_SECONDS } from '../domain/messages/store-call.ts';
import { LOG_LEVELS, type LogLevel } from '../domain/ports/log.ts';
import { createLog } from '../process/log.ts';
import { openRunningLog } from '../process/running-log.ts';
import { systemClock as clock } from '../process/system-clock.ts';
import { mustBeEmptyFolder } from './empty-folder.ts';
import { onFrames, sendFrame } from './frames.ts';
import { startStoreChild } from './spawn-child.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const MIB = 1024 * 1024;
const LOOK_MS = 1_000;
/** Of one database process: the engine at rest takes 45 MiB of its own. */
const CHILD_MIB = 512;
/** A host of 2 GB lets two agents remember at once, one of 8 GB eight; the others wait for a moment. */
const BYTES_OF_HOST_PER_CHILD = 1024 * MIB;
const MOST_CHILDREN = 8;
const AGENT_ID = /^[a-z][a-z0-9_-]{0,63}$/i;

/** Runs until SIGTERM or SIGINT. Errors: bad_config. Reads its few variables itself: a schema would cost 10 MiB. */
export async function runStore(env: Environment = process.env): Promise<void> {
  const folder = env.HAIREM_STORE_DIR || '/store';
  const path = env.HAIREM_STORE_SOCKET || '/run/hairem-store/store.sock';
  const log = createLog({ level: levelIn(env) });
  const databases = join(folder, 'surrealdb');
  const emptyFolder = join(folder, 'nothing');
  await mkdir(emptyFolder, { recursive: true, mode: 0o500 });
  mustBeEmptyFolder(emptyFolder);
  const running = openRunningLog(join(folder, 'running.log'));
  const connections = new Set<Socket>();
  const limits = { folder: databases, emptyFolder, mostBytes: CHILD_MIB * MIB, querySeconds: QUERY_SECONDS };
  const supervisor = createSupervisor({
    spawn: (database, onReply) => startStoreChild(limits, database, onReply),
    running,
    most: mostChildren(env),
    sizeOf: (database) => bytesIn(join(databases, folderOf(database))),
    now: clock.now,
    log,
    onStatus: (status) => {
      for (const socket of connections) sendFrame(socket, status);
    },
  });
  const server = await listen(path, (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    answerOn(socket, supervisor);
  });
  const looking = setInterval(() => supervisor.look(), LOOK_MS);
  log.info('the store is up', { socket: path, databases });
  await untilToldToEnd();
  clearInterval(looking);
  server.close();
  await supervisor.close();
  running.close();
  log.info('the store has stopped');
  process.exit(0);
}

function answerOn(socket: Socket, supervisor: Supervisor): void {
  socket.on('error', () => {}); // it asks again
  onFrames(socket, (head, body) => {
    if (head.type !== 'call') return;
    mustBeCall(head);
    void supervisor.call(head, body).then((answer) => {
      if (socket.writable) sendFrame(socket, answer.head, answer.body);
    });
  });
  sendFrame(socket, supervisor.status());
}

/** A database's name becomes a folder's. @throws HairemError bad_request, which ends the connection */
function mustBeCall({ database, method }: CallHead): void {
  const agent = ownerOf(database);
  const isKnown = agent === null || AGENT_ID.test(agent);
  if (!isKnown || typeof method !== 'string') throw new HairemError('bad_request', 'no such database');
}

const folderOf = (database: DatabaseName) => {
  const agent = ownerOf(database);
  return agent === null ? 'own' : join('agents', agent);
};

async function listen(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(path, { force: true });
  const server = createServer(onConnection);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return server;
}

/** Bytes on disk; 0 for a folder that is not there yet. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(noneYet);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map((file) => stat(join(file.parentPath, file.name)).catch(() => null)));
  return sizes.reduce((sum, one) => sum + (one ? one.blocks * 512 : 0), 0);
}

function noneYet(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

function mostChildren(env: Environment): number {
  const given = Number(env.HAIREM_STORE_PROCESSES || Number.NaN);
  if (Number.isInteger(given) && given >= 1) return given;
  return Math.max(2, Math.min(MOST_CHILDREN, Math.round(totalmem() / BYTES_OF_HOST_PER_CHILD)));
}

function levelIn({ HAIREM_LOG_LEVEL: level = '' }: Environment): LogLevel {
  return LOG_LEVELS.find((one) => one === level) ?? 'info';
}

function untilToldToEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
