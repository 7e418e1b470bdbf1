/**
 * The agent that tries to blind or end the crew. The command `attack` begins what `config.attack` names, which it then does
 * again and again; what it does through the SDK's back it does with the credential in its environment, on connections of
 * its own.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { BaseAgent } from '@hairem/agent';

const {
  HAIREM_AGENT: me = '',
  HAIREM_INSTANCE: inst = '',
  HAIREM_REDIS_HOST: host,
  HAIREM_REDIS_PORT: port,
} = process.env;
/** The runtime takes it out of `process.env`; the kernel keeps what the process began with. */
const password = /HAIREM_REDIS_PASSWORD=([^\0]*)/.exec(readFileSync('/proc/self/environ', 'utf8'))?.[1] ?? '';
const MANY_BYTES = 900_000;

/** One command as Redis reads it. */
const command = (...words: string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

async function open(login = true): Promise<Socket> {
  const socket = connect({ host: host ?? '', port: Number(port) });
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  if (login) socket.write(command('AUTH', `${me}.${inst}`, password));
  return socket;
}

/** As fast as Redis takes it, on connections that are made again, and begun again at 0, when they are cut. */
async function flood(signal: AbortSignal, next: (n: number) => string): Promise<void> {
  let socket = await open();
  for (let n = 0; !signal.aborted; n += 1) {
    if (socket.destroyed) {
      await wait(50, undefined, { signal });
      socket = await open().catch(() => socket);
      n = -1;
    } else if (!socket.write(next(n))) await Promise.race([once(socket, 'drain'), once(socket, 'close'), wait(500)]);
    else if (n % 100 === 0) await turn();
  }
}

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

function message(target: string, content: string): string {
  const sender = `{"agent_id":"${me}","role":"expert"}`;
  const rest = `"recipient":{"target":"${target}","room":null},"metadata":{"priority":"normal","ttl":5,"chain":[]}`;
  const id = `${inst}.${crypto.randomUUID()}`;
  return `{"id":"${id}","timestamp":"${new Date().toISOString()}","type":"narrative.text","sender":${sender},${rest},"payload":{"content":${content}}}`;
}

function heartbeat(skills: unknown, fill = ''): string {
  const own = { inst: Number(inst), term: 1, type: 'heartbeat', state: 'ACTIVE', hash: null, tasks: [], commands: [] };
  return JSON.stringify({ ...own, skills, memory_bytes: 1, cpu_ms: 1, lag_ms: 0, held: 0, dropped: {}, fill });
}

const st = (text: string) => command('PUBLISH', `st:${me}:${inst}`, text);
const say = (channel: string, text: string) => command('PUBLISH', channel, text);
const text = JSON.stringify('x'.repeat(MANY_BYTES));

const ATTACKS: Readonly<Record<string, (signal: AbortSignal, peers: readonly string[]) => Promise<void>>> = {
  nothing: () => Promise.resolve(),
  'nested words to people': (signal) => slowly(signal, say(`agent:user:${me}`, message('user', deep(3000)))),
  'nested words to all': (signal) => slowly(signal, say(`broadcast:${me}`, message('broadcast', deep(100_000)))),
  'nested words to agents': (signal, peers) =>
    slowly(signal, peers.map((peer) => say(`agent:${peer}:${me}`, message(peer, deep(100_000)))).join('')),
  'nested words of its state': (signal) => slowly(signal, st(`{"type":"heartbeat","skills":${deep(100_000)}}`)),
  'nested requests': (signal) =>
    slowly(
      signal,
      ['registry', 'memory', 'llm', 'crew']
        .map((service) => say(`svc:${service}:${me}:${inst}`, deep(100_000)))
        .join(''),
    ),
  'large heartbeats': (signal) => flood(signal, () => st(heartbeat([], 'x'.repeat(MANY_BYTES)))),
  'heartbeats without end': (signal) => flood(signal, () => st(heartbeat([]))),
  'skills without end': (signal) =>
    flood(signal, (n) =>
      st(heartbeat(Array.from({ length: 8000 }, (_, i) => ({ name: `skill-${n}-${i}`, description: 'x'.repeat(60) })))),
    ),
  'large broadcasts': (signal) => flood(signal, () => say(`broadcast:${me}`, message('broadcast', text))),
  'large words to people': (signal) => flood(signal, () => say(`agent:user:${me}`, message('user', text))),
  'words to people without end': (signal) => flood(signal, () => say(`agent:user:${me}`, message('user', '"x"'))),
  'large words to an agent': (signal, [peer = '']) =>
    flood(signal, () => say(`agent:${peer}:${me}`, message(peer, text))),
  'words to an agent without end': (signal, [peer = '']) =>
    flood(signal, () => say(`agent:${peer}:${me}`, message(peer, '"x"'))),
  'questions without end': (signal) =>
    flood(signal, (n) =>
      say(`svc:registry:${me}:${inst}`, JSON.stringify({ type: 'request', id: `${n}`, op: 'list', args: {} })),
    ),
  'requests to memory without end': (signal) =>
    flood(signal, (n) =>
      say(
        `svc:memory:${me}:${inst}`,
        JSON.stringify({ type: 'request', id: `${n}`, op: 'recall', args: { query: 'x' } }),
      ),
    ),
  'large requests to the language model': (signal) =>
    flood(signal, (n) =>
      say(`svc:llm:${me}:${inst}`, `{"type":"request","id":"${n}","op":"embed","args":{"input":[${text}]}}`),
    ),
  'nonsense without end': (signal) => flood(signal, () => st('x'.repeat(1000))),
  'a thousand connections': async (signal) => {
    for (let n = 0; n < 900 && !signal.aborted; n += 1) await open().catch(() => {});
  },
  'a thousand connections of nobody': async (signal) => {
    for (let n = 0; n < 900 && !signal.aborted; n += 1) await open(false).catch(() => {});
  },
  'subscribers that do not read': async (signal) => {
    for (let n = 0; n < 60 && !signal.aborted; n += 1) {
      const socket = await open();
      socket.pause();
      socket.write(command('PSUBSCRIBE', 'broadcast:*'));
    }
  },
  'what it may not': (signal) =>
    flood(signal, (n) =>
      say(['ctl:parrot-0', 'broadcast:parrot-0', 're:parrot-0:1', 'svc:memory:parrot-0:1'][n % 4] ?? '', '{}'),
    ),
  'pings without end': (signal) => flood(signal, () => command('PING')),
  'subscribing without end': (signal) =>
    flood(signal, () => command('PSUBSCRIBE', 'broadcast:*') + command('PUNSUBSCRIBE', 'broadcast:*')),
  'connections that come and go': (signal) => connectAgainAndAgain(signal),
};

/** One after the other, as fast as they come. */
async function connectAgainAndAgain(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const socket = await open().catch(() => null);
    if (socket) await new Promise((done) => socket.write(command('PING'), done));
    socket?.destroy();
  }
}

/** Five times a second: it is the word that hurts, not their number. */
async function slowly(signal: AbortSignal, written: string): Promise<void> {
  let socket = await open();
  while (!signal.aborted) {
    if (socket.destroyed) socket = await open().catch(() => socket);
    socket.write(written);
    await wait(200, undefined, { signal });
  }
}

export class Agent extends BaseAgent {
  override setup(): void {
    const { attack, peers } = this.config as { attack: string; peers: string[] };
    const act = ATTACKS[attack];
    if (!act) throw new Error(`there is no attack ${attack}`);
    this.onCommand('attack', () => void act(new AbortController().signal, peers));
    this.onCommand('ask', ({ surql }) => this.memory.query(String(surql), {}));
    this.onCommand('think', () => this.llm.chat([{ role: 'user', content: 'hello' }]));
  }
}
