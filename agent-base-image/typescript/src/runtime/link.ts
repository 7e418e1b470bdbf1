/**
 * The way to Redis over time: one connection after the other, each subscribed before it is used. Whether another may
 * follow a lost one is not decided here.
 */
import type { Log } from '../agent-host.ts';
import { errorOf, reasonOf } from '../thrown.ts';
import type { Clock } from './clock.ts';
import { type Connection, type ConnectionOptions, connect, type Ears, isAuthFailure } from './connection.ts';
import { SPEAKING_SERVICES } from './service-answer.ts';

export interface LinkOptions {
  connection: ConnectionOptions;
  agent: string;
  inst: number;
  /** Asked for at each connection: who hears is made after the line that needs this. */
  ears: () => Ears;
  clock: Clock;
  log: Log;
  /** A number from 0 to 1. */
  random?: () => number;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** A Redis that came back empty gets its users again from the orchestrator; later than this it will not. */
const REFUSED_MS = 60_000;

/**
 * Tries until it is connected; `beforeSubscribing` runs before anything can be heard.
 * Rejects when Redis has refused the user for a minute.
 */
export async function openLink(options: LinkOptions, beforeSubscribing: () => void): Promise<Connection> {
  const { agent, inst, clock, log, random = Math.random } = options;
  let refusedSince: number | null = null;
  let lastSaid = '';
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const tried = await attempt(options, beforeSubscribing);
    if ('connection' in tried) {
      if (lastSaid) log.info('connected to Redis again', { agent, inst });
      return tried.connection;
    }
    const { error } = tried;
    refusedSince = isAuthFailure(error) ? (refusedSince ?? clock.now()) : null;
    if (refusedSince !== null && clock.now() - refusedSince >= REFUSED_MS) throw error;
    const said = reasonOf(error); // of several addresses each fails in words of its own
    if (said !== lastSaid) log.warn(`no connection to Redis: ${said}`);
    lastSaid = said;
    await clock.sleep(pause * (0.5 + random()));
  }
}

/** What one instance is told alone: by the orchestrator, and by each service on a channel of its own. */
function channelsOf(agent: string, inst: number): string[] {
  const own = `re:${agent}:${inst}`;
  return [`ctl:${agent}`, own, ...SPEAKING_SERVICES.map((service) => `${own}:${service}`)];
}

/** Every subscribe reply is awaited: `hello` may follow only then (rule 1). */
async function attempt(
  { connection: options, agent, inst, ears: hearing }: LinkOptions,
  beforeSubscribing: () => void,
): Promise<{ connection: Connection } | { error: Error }> {
  const ears = hearing();
  const held: { connection: Connection | null; live: boolean; lost?: Error } = { connection: null, live: false };
  const onLost = (why: Error) => {
    held.lost = why;
    if (held.live) ears.onLost(why);
  };
  try {
    const connection = await connect(options, {
      onPattern: (channel, text) => ears.onPattern(channel, text),
      onChannel: (channel, text) => ears.onChannel(channel, text),
      onLost,
    });
    held.connection = connection;
    beforeSubscribing();
    await connection.subscribe({
      patterns: [`agent:${agent}:*`, 'broadcast:*', `st:${agent}:*`],
      channels: channelsOf(agent, inst),
    });
    if (held.lost) throw held.lost; // its end came with the last answer
    held.live = true;
    return { connection };
  } catch (thrown) {
    held.connection?.close();
    return { error: errorOf(thrown) };
  }
}
