/** Passes one request on to the engine and its answer back, both as streams; whoever leaves first takes the other along. */
import {
  type Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';

export interface PassedCall {
  request: IncomingMessage;
  response: ServerResponse;
  upstream: { socketPath: string; agent: Agent };
  /** Null: the request's own body, as it comes. */
  body: string | null;
}

export function passOn({ request, response, upstream, body }: PassedCall): void {
  const { method, url } = request;
  const call = httpRequest({ ...upstream, method, path: url, headers: headersFor(request, body) });
  call.on('response', (answer) => passBack(answer, response));
  call.on('error', (error) => engineGone(response, error));
  response.on('close', () => call.destroy());
  sendBody(call, request, body);
}

/** None of the caller's headers but the type of its body: no upgrade, no registry credentials. */
function headersFor(request: IncomingMessage, body: string | null): OutgoingHttpHeaders {
  if (body === null) return { 'content-type': request.headers['content-type'] ?? 'application/x-tar' };
  return body === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
}

function sendBody(call: ClientRequest, request: IncomingMessage, body: string | null): void {
  if (body !== null) {
    request.resume();
    call.end(body);
    return;
  }
  // The engine may answer, and close, before it has read all: its answer counts, not the broken pipe.
  pipeline(request, call, () => {});
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

function passBack(answer: IncomingMessage, response: ServerResponse): void {
  const headers = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name));
  response.writeHead(answer.statusCode ?? 502, Object.fromEntries(headers));
  // A log that is followed may say nothing for a long time; its head must not wait for that.
  response.flushHeaders();
  pipeline(answer, response, () => {});
}

function engineGone(response: ServerResponse, error: Error): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const body = JSON.stringify({ message: `the engine does not answer: ${error.message}` });
  response.writeHead(502, { 'content-type': 'application/json' }).end(body);
}
