/**
 * A process that has Redis run commands without end: a child of a test, told by its environment what. Like an agent that has
 * spent its half of a processor it stands still for half of each tenth of a second.
 */
import { connect, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { canWrite } from './can-write.ts';

export interface CommandFlood {
  port: number;
  /** Where it comes from. */
  localAddress: string;
  /** What each connection says first. */
  login: string;
  /** What it says again and again. */
  text: string;
  /** It says it once on each connection, and opens another. */
  isBrief: boolean;
  /** On four connections, it says it when it was answered. */
  waits: boolean;
}

const { port, localAddress, login, text, isBrief, waits } = JSON.parse(
  process.env.HAIREM_TEST_FLOOD ?? '',
) as CommandFlood;
process.once('disconnect', () => process.exit()); // the test that began it is gone
const PERIOD_MS = 100;

async function open(): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => {}).resume();
  await new Promise((done) => socket.on('connect', done).on('close', done));
  socket.write(login);
  return socket;
}

const many = text.repeat(Math.ceil(16_384 / text.length));
const mayWork = async () => {
  const spent = performance.now() % PERIOD_MS;
  if (spent > PERIOD_MS / 2) await wait(PERIOD_MS - spent);
};

async function floodOn(connection: Socket): Promise<void> {
  let socket = connection;
  for (;;) {
    await mayWork();
    if (isBrief) await new Promise((done) => socket.write(text, done));
    if (isBrief) socket.destroy();
    if (socket.destroyed) socket = await open();
    else if (waits) await answered(socket);
    else if (socket.write(many)) await turn();
    else await canWrite(socket);
  }
}

function answered(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      socket.off('data', settle).off('close', settle);
      resolve();
    };
    socket.on('data', settle).on('close', settle).write(text);
  });
}

await Promise.all(Array.from({ length: waits ? 4 : 1 }, async () => floodOn(await open())));
