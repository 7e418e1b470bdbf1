/** Everything that anybody says to Redis, as MONITOR shows it: on a socket of its own, since clients mix it with replies. */
import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Installation } from '../installation/installation.ts';

export interface RedisMonitor {
  close(): void;
}

/** @param onCommand told of each command, name and arguments, from when this resolves */
export async function monitorRedis(
  { redis }: Installation,
  onCommand: (words: readonly string[]) => void,
): Promise<RedisMonitor> {
  const socket = createConnection({ host: redis.host, port: redis.port });
  socket.write(`AUTH ${redis.tester.username} ${redis.tester.password}\r\nMONITOR\r\n`);
  await listening(socket, onCommand);
  return { close: () => void socket.destroy() };
}

function listening(socket: Socket, onCommand: (words: readonly string[]) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    let replies = 0;
    createInterface({ input: socket }).on('line', (line) => {
      if (line.startsWith('-')) reject(new Error(`MONITOR: ${line}`));
      else if (line === '+OK') replies += 1;
      else onCommand(wordsOf(line));
      if (replies === 2) resolve();
    });
  });
}

/** `+<time> [<db> <address>] "publish" "channel" "text"`; bytes that are no plain text come as `\xNN`. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) =>
    Buffer.from(word.replaceAll(/\\(?:x([0-9a-f]{2})|(.))/g, unescaped), 'latin1').toString('utf8'),
  );
}

const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' };

function unescaped(_all: string, hex: string | undefined, one: string): string {
  return hex === undefined ? (CONTROLS[one] ?? one) : String.fromCharCode(Number.parseInt(hex, 16));
}
