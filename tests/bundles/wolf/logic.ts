/**
 * A hostile agent for the tests: on the command `attack` it does one thing that no agent may, past the SDK, on
 * connections of its own to Redis with what it finds in its environment.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { BaseAgent } from '@hairem/agent';

type Attack = (login: Login) => Promise<void>;
interface Login {
  user: string;
  password: string;
  /** Of a process of the core, as if stolen. */
  stolen: { user: string; password: string };
}

const MIB = 1024 * 1024;
const environment = new Map(
  readFileSync('/proc/self/environ', 'utf8')
    .split('\0')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);
const ID = environment.get('HAIREM_AGENT') ?? '';
const inst = environment.get('HAIREM_INSTANCE') ?? '';

function open(): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(6379, 'redis', () => resolve(socket));
    socket.on('error', () => resolve(socket));
    socket.on('close', () => resolve(socket));
    socket.resume();
  });
}

async function named({ user, password }: { user: string; password: string }): Promise<Socket> {
  const socket = await open();
  socket.write(`AUTH ${user} ${password}\r\n`);
  return socket;
}

const canWrite = (socket: Socket) =>
  new Promise<void>((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', () => resolve());
  });

/** Says it again and again as fast as Redis takes it, until it is cut off. */
async function shout(login: Login, channel: string, text: string): Promise<void> {
  const socket = await named(login);
  const command = `*3\r\n$7\r\nPUBLISH\r\n$${channel.length}\r\n${channel}\r\n$${text.length}\r\n${text}\r\n`;
  const end = Date.now() + 60_000;
  while (!socket.destroyed && Date.now() < end) if (!socket.write(command)) await canWrite(socket);
}

const heartbeat = (bytes: number) =>
  JSON.stringify({
    type: 'heartbeat',
    inst: Number(inst),
    term: 1,
    state: 'ACTIVE',
    tasks: [],
    commands: [],
    skills: [{ name: `${Math.random()}`, description: 'x'.repeat(bytes) }],
    memory_bytes: 1,
    cpu_ms: 1,
    lag_ms: 1,
    held: 0,
    dropped: {},
  });
const question = () => JSON.stringify({ type: 'request', id: `${Math.random()}`, op: 'list', args: {}, have: null });

const ATTACKS: Record<string, Attack> = {
  heartbeats: (login) => shout(login, `st:${ID}:${inst}`, heartbeat(900_000)),
  broadcasts: (login) => shout(login, `broadcast:${ID}`, JSON.stringify({ payload: 'x'.repeat(900_000) })),
  letters: (login) => shout(login, `agent:user:${ID}`, JSON.stringify({ payload: 'x'.repeat(900_000) })),
  lists: (login) => shout(login, `svc:registry:${ID}:${inst}`, question()),
  async connections(login) {
    for (let n = 0; n < 2_000; n += 1) await named(login);
  },
  async nameless() {
    for (let n = 0; n < 900; n += 1) await open();
  },
  async unfinished(login) {
    const part = Buffer.concat([Buffer.from(`$${MIB}\r\n`), Buffer.alloc(MIB, 'x'), Buffer.from('\r\n')]);
    for (;;) {
      const socket = await named(login);
      socket.write('*5000\r\n');
      while (!socket.destroyed) if (!socket.write(part)) await canWrite(socket);
    }
  },
  async refused(login) {
    const socket = await named(login);
    for (let n = 0; n < 50; n += 1) socket.write(`PUBLISH ctl:sheep-0 ${n}\r\n`);
  },
  async stolen({ stolen }) {
    const socket = await named(stolen);
    socket.write('PSUBSCRIBE agent:*\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
  },
};

export class Agent extends BaseAgent {
  override setup(): void {
    this.onCommand('attack', async ({ kind, user = '', password = '' }) => {
      const login = {
        user: `${ID}.${inst}`,
        password: environment.get('HAIREM_REDIS_PASSWORD') ?? '',
        stolen: { user: String(user), password: String(password) },
      };
      void ATTACKS[String(kind)]?.(login);
    });
  }
}
