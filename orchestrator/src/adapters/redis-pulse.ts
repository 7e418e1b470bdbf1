/** A connection that is silently dead is one that answers no ping; and a claim whose holder says nothing is not kept. */

const PING_MS = 1_000;

/** What a client of Redis must be able to do for it. */
export interface Pulsing {
  readonly status: string;
  ping(): Promise<unknown>;
  disconnect(reconnect: boolean): void;
  on(event: 'close', listener: () => void): unknown;
  once(event: 'end', listener: () => void): unknown;
}

/** Pings until the client ends, and has it connect anew where a ping fails. */
export function keepPulse(redis: Pulsing): void {
  let connection = 0;
  redis.on('close', () => {
    connection += 1;
  });
  const pulse = setInterval(() => {
    if (redis.status !== 'ready') return;
    const asked = connection;
    redis.ping().catch(() => {
      // Those that went out on the connection before time out one by one: that says nothing of this one.
      if (asked === connection) redis.disconnect(true);
    });
  }, PING_MS);
  pulse.unref();
  redis.once('end', () => clearInterval(pulse));
}
