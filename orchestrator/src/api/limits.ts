/** How much and how long a client may take; what the HTTP parser itself refuses is a problem document too. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyServerOptions } from 'fastify';
import { MAX_MESSAGE_BYTES } from '../domain/messages/h-link.ts';
import { codeOfStatus, PROBLEM_TYPE, problem } from './problems.ts';

export const limits = {
  logger: false,
  exposeHeadRoutes: false,
  bodyLimit: MAX_MESSAGE_BYTES,
  /** For the whole request to arrive; answers may take longer, and streams stay open. */
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  forceCloseConnections: true,
  http: { headersTimeout: 10_000, connectionsCheckingInterval: 2000, maxHeaderSize: 16 * 1024 },
  routerOptions: { ignoreTrailingSlash: false, maxParamLength: 64 },
  clientErrorHandler: refuseConnection,
} satisfies FastifyServerOptions & { http: object };

const STATUS_OF: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

function refuseConnection(error: { code: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = STATUS_OF[error.code] ?? 400;
  const body = JSON.stringify(problem(codeOfStatus(status), 'the request could not be read'));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}
