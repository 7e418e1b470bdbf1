/**
 * A process that plays several peers: sends numbered messages to agents at a steady rate, keeps the account of the
 * answers, and tells its parent the result when it is asked to stop.
 *
 * With an errand (errand.ts) a message is owed an answer by every agent that it comes to.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { errandOf, isAnyOrder, type Owed } from './errand.ts';
import { closeLedger, type Figures, hear, missing, openLedger, outstanding, owe } from './ledger.ts';

export interface PublisherConfig {
  index: number;
  /** In the name of every sender, so that answers to another load are told apart. */
  run: string;
  host: string;
  port: number;
  username: string;
  password: string;
  /** Messages per second of this process. */
  rate: number;
  senders: number;
  agents: string[];
  broadcastShare: number;
  /** Agents whose answer times are kept. */
  timed: string[];
  /** How many of the messages to one agent have it ask, command or tell others. */
  errandShare: number;
}

/** The order to stop; ids that instances reported as poison, as `<agent>/<message id>`. */
export interface StopOrder {
  abandoned: string[];
}

export interface PublisherReport {
  figures: Figures;
  published: number;
  seconds: number;
  missing: string[];
  /** Of the timed agents: when each message was sent (milliseconds since 1970) and how long its answer took. */
  times: Record<string, [sentAt: number, ms: number][]>;
  trouble: string[];
}

/** With no further answer for this long, what is missing is lost. */
const QUIET_MS = 8_000;
const now = () => performance.timeOrigin + performance.now();

const config: PublisherConfig = JSON.parse(process.env.HAIREM_TEST_PUBLISHER ?? '{}');
const {
  index,
  run: runName,
  host,
  port,
  username,
  password,
  rate,
  senders,
  agents,
  broadcastShare,
  timed,
  errandShare,
} = config;
const redis = new Redis({
  host,
  port,
  username,
  password,
  protocol: 3,
  enableReadyCheck: false,
  disableClientInfo: true,
  autoResubscribe: false,
  retryStrategy: () => null,
});
const ledger = openLedger();
const counts = new Map<string, number>();
const sentAt = new Map<string, number>();
const times: PublisherReport['times'] = Object.fromEntries(timed.map((agent) => [agent, []]));
const trouble: string[] = [];
const names = Array.from({ length: senders }, (_, n) => `peer-${index}-${runName}-${n}`);
const run: { order: StopOrder | null; lastHeard: number; acknowledged: Promise<unknown> } = {
  order: null,
  lastHeard: now(),
  acknowledged: Promise.resolve(),
};

const pick = (list: readonly string[]) => list[Math.floor(Math.random() * list.length)] ?? '';

function send(): void {
  const sender = pick(names);
  publish({ sender, ...(Math.random() < broadcastShare ? toAll() : toOne(pick(agents))) });
}

const toAll = () => ({ target: 'all', path: '', payload: {}, owed: agents.map((agent) => ({ agent, suffix: '' })) });

function toOne(target: string): Omit<Sending, 'sender'> {
  const own = { agent: target, suffix: '' };
  if (Math.random() >= errandShare) return { target, path: '', payload: {}, owed: [own] };
  const { path, payload, owed } = errandOf({ target, agents }, Math.random);
  return { target, path, payload, owed: [own, ...owed] };
}

interface Sending {
  sender: string;
  target: string;
  /** Of an errand: each path is a stream of its own. */
  path: string;
  payload: object;
  owed: readonly Owed[];
}

function publish({ sender, target, path, payload, owed }: Sending): void {
  const stream = `${sender}>${target}${path}`;
  const seq = (counts.get(stream) ?? 0) + 1;
  counts.set(stream, seq);
  const id = `${stream}#${seq}`;
  for (const { agent, suffix } of owed) {
    owe(ledger, agent, `${stream}${suffix}`);
    if (timed.includes(agent)) sentAt.set(`${agent}/${id}`, now());
  }
  const channel = target === 'all' ? `broadcast:${sender}` : `agent:${target}:${sender}`;
  const message = envelope({ id, sender, target, payload: { stream, seq, ...payload } });
  run.acknowledged = redis.publish(channel, JSON.stringify(message));
}

function envelope({ id, sender, target, payload }: { id: string; sender: string; target: string; payload: object }) {
  return {
    id,
    timestamp: new Date().toISOString(),
    type: 'narrative.text',
    sender: { agent_id: sender, role: 'peer' },
    recipient: { target: target === 'all' ? 'broadcast' : target, room: null },
    payload,
    metadata: { priority: 'normal', correlation_id: null, ttl: 5, chain: [], redelivered: false },
  };
}

function onAnswer(_pattern: string, channel: string, text: string): void {
  const agent = channel.split(':')[2] ?? '';
  const { payload, metadata } = JSON.parse(text);
  run.lastHeard = now();
  const { stream, seq, again, behind, wrong } = payload;
  if (!String(stream).startsWith(`peer-${index}-${runName}-`)) return;
  if (wrong) trouble.push(`${agent} was answered wrongly: ${text}`);
  const redelivered = again || metadata.redelivered;
  const first = hear(ledger, { agent, stream, seq, redelivered, behind, anyOrder: isAnyOrder(stream) });
  const key = `${agent}/${stream}#${seq}`;
  const sent = sentAt.get(key);
  if (!first || sent === undefined) return;
  sentAt.delete(key);
  times[agent]?.push([sent, now() - sent]);
}

/** Sends what is due, however late the timer comes: the rate is real or the report says so. */
async function publishUntilTold(): Promise<{ published: number; seconds: number }> {
  const began = now();
  let published = 0;
  for (; run.order === null; await sleep(2)) {
    const due = ((now() - began) / 1000) * rate;
    for (; published < due; published += 1) send();
  }
  const seconds = (now() - began) / 1000;
  await run.acknowledged; // one connection: the last one acknowledged means that all are
  return { published, seconds };
}

async function untilAnswered(): Promise<void> {
  run.lastHeard = now();
  while (outstanding(ledger) > 0 && now() - run.lastHeard < QUIET_MS) await sleep(20);
}

process.on('message', (order: StopOrder) => {
  run.order = order;
});
process.on('disconnect', () => process.exit(1));
redis.on('error', (error: Error) => trouble.push(error.message));
redis.on('end', () => trouble.push('the connection ended'));
redis.on('pmessage', onAnswer);
await redis.psubscribe(`agent:peer-${index}-*:*`);
process.send?.('ready');
const { published, seconds } = await publishUntilTold();
await untilAnswered();
const report: PublisherReport = {
  figures: closeLedger(ledger, new Set(run.order?.abandoned)),
  published,
  seconds,
  missing: missing(ledger, 20),
  times,
  trouble: trouble.slice(0, 10),
};
process.send?.(report, () => process.exit(0));
