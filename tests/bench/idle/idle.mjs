/** The bare process that agents are compared with: Node and ioredis, connected, and nothing else. */
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';

const { BENCH_HOST, BENCH_PORT, BENCH_PASSWORD, BENCH_NAME, BENCH_MARK_FILE, BENCH_RAW } = process.env;
const redis = new Redis({
  host: BENCH_HOST,
  port: Number(BENCH_PORT),
  username: 'bench',
  password: BENCH_PASSWORD,
  protocol: 3,
  enableReadyCheck: false,
  disableClientInfo: true,
  retryStrategy: () => 200,
});
redis.on('error', () => {});
if (BENCH_RAW) await (await import('./raw.mjs')).serve(redis, BENCH_NAME);
const mark = BENCH_MARK_FILE ? readFileSync(BENCH_MARK_FILE, 'utf8').trim() : '';
await redis.publish(`st:${BENCH_NAME}:1`, JSON.stringify({ type: 'connected', inst: 1, mark }));
setInterval(() => {}, 2 ** 30);
