/** A WebSocket server of one binary protocol, for tests: each whole message is answered by one. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

interface Options {
  protocol: string;
  answer(message: Uint8Array): Promise<Uint8Array>;
}

export interface WebSocketServer {
  port: number;
  /** Ends every connection without a word. */
  cut(): void;
  stop(): Promise<void>;
}

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const BINARY = 0x82;
const PONG = 0x8a;

export async function startWebSocketServer({ protocol, answer }: Options): Promise<WebSocketServer> {
  const sockets = new Set<Duplex>();
  const server = createServer((_request, response) => response.writeHead(426).end());
  server.on('upgrade', (request, socket) => {
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${MAGIC}`).digest('base64');
    const lines = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
    socket.write(`HTTP/1.1 101 .\r\n${[...lines, `Sec-WebSocket-Protocol: ${protocol}`].join('\r\n')}\r\n\r\n`);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    listen(socket, answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

function listen(socket: Duplex, answer: Options['answer']): void {
  let rest = Buffer.alloc(0);
  let parts: Buffer[] = [];
  socket.on('data', (data: Buffer) => {
    rest = Buffer.concat([rest, data]);
    for (let frame = read(rest); frame; frame = read(rest)) {
      rest = rest.subarray(frame.size);
      if (frame.opcode === 8) socket.end();
      else if (frame.opcode === 9) socket.write(frameOf(PONG, frame.payload));
      else if (frame.opcode <= 2) {
        parts.push(frame.payload);
        if (!frame.isLast) continue;
        const message = Buffer.concat(parts);
        parts = [];
        answer(message).then((reply) => socket.write(frameOf(BINARY, Buffer.from(reply))));
      }
    }
  });
}

/** One frame of a client, which masks what it sends; null until it is whole. */
function read(data: Buffer): { opcode: number; isLast: boolean; payload: Buffer; size: number } | null {
  const [first = 0, second = 0] = data;
  const short = second & 0x7f;
  const start = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
  if (data.length < start + 4) return null;
  const length = short === 126 ? data.readUInt16BE(2) : short === 127 ? Number(data.readBigUInt64BE(2)) : short;
  const size = start + 4 + length;
  if (data.length < size) return null;
  const mask = data.subarray(start, start + 4);
  const payload = Buffer.from(data.subarray(start + 4, size));
  for (let n = 0; n < length; n += 1) payload[n] = (payload[n] ?? 0) ^ (mask[n % 4] ?? 0);
  return { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, payload, size };
}

function frameOf(header: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.of(header, length), payload]);
  const long = Buffer.alloc(length < 65_536 ? 4 : 10);
  long[0] = header;
  long[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) long.writeUInt16BE(length, 2);
  else long.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([long, payload]);
}
