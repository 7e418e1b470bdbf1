/**
 * A connection that is silently dead is one on which nothing comes and no ping is answered; and a claim whose holder says
 * nothing is not kept (what Redis sends it counts, too).
 */
import type { Socket } from 'node:net';
import type { Redis } from 'ioredis';

type Pulsed = Pick<Redis, 'status' | 'ping' | 'disconnect' | 'on' | 'once'> & { stream?: Pick<Socket, 'bytesRead'> };

/** Pings where nothing came for so long, until the client ends, and has it connect anew where a ping fails. */
export function keepPulse(redis: Pulsed, pingMs: number): void {
  let connection = 0;
  let known = 0;
  const bytesRead = () => redis.stream?.bytesRead ?? 0;
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
