/**
 * A connection that is silently dead is one on which nothing comes and no ping is answered; and a claim whose holder says
 * nothing is not kept (what Redis sends it counts, too).
 */

/** What a client of Redis must be able to do for it. */
export interface Pulsing {
  readonly status: string;
  readonly stream: { bytesRead?: number };
  ping(): Promise<unknown>;
  disconnect(reconnect: boolean): void;
  on(event: 'close', listener: () => void): unknown;
  once(event: 'end', listener: () => void): unknown;
}

/** Pings where nothing came for so long, until the client ends, and has it connect anew where a ping fails. */
export function keepPulse(redis: Pulsing, pingMs: number): void {
  let connection = 0;
  let known = 0;
  const bytesRead = () => redis.stream.bytesRead ?? 0;
  redis.on('close', () => {
    connection += 1;
  });
  const ping = async () => {
    const asked = connection;
    try {
      await redis.ping();
      known = bytesRead(); // its own answer is no sign of life later
    } catch {
      // Those that went out on the connection before time out one by one: that says nothing of this one.
      if (asked === connection) redis.disconnect(true);
    }
  };
  const pulse = setInterval(() => {
    if (redis.status !== 'ready') return;
    if (bytesRead() === known) void ping();
    known = bytesRead();
  }, pingMs);
  pulse.unref();
  redis.once('end', () => clearInterval(pulse));
}
