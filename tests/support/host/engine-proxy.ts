/** A socket between the gate and the engine that passes everything on; what the engine tells of events it can keep. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { ENGINE_SOCKET } from './engine.ts';

export interface EngineProxy {
  /** True: streams of events stay open and say nothing more. */
  mute: boolean;
  /** Parts of event streams that were kept back. */
  kept(): number;
  close(): Promise<void>;
}

export async function startEngineProxy(socket: string): Promise<EngineProxy> {
  let kept = 0;
  const proxy = { mute: false, kept: () => kept };
  const server = createServer((asked, answer) => {
    const isEvents = /^(\/v[\d.]+)?\/events(\?|$)/.test(asked.url ?? '');
    forward(asked, answer, () => {
      if (!isEvents || !proxy.mute) return true;
      kept += 1;
      return false;
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return Object.assign(proxy, { close });
}

/** @param passes is asked for each part of the answer */
function forward(asked: IncomingMessage, answer: ServerResponse, passes: () => boolean): void {
  const { method, url, headers } = asked;
  const call = request({ socketPath: ENGINE_SOCKET, method, path: url, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    answer.flushHeaders();
    response.on('data', (part: Buffer) => {
      if (passes() && !answer.write(part)) response.pause();
    });
    answer.on('drain', () => response.resume());
    response.on('end', () => answer.end());
    response.on('error', () => answer.destroy());
  });
  call.on('error', () => answer.destroy());
  answer.on('close', () => call.destroy());
  asked.pipe(call);
}
