/** Passes one checked call on to the engine and its answer back; whoever leaves first takes the other along. */

import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { pipeline, Readable } from 'node:stream';
import * as z from 'zod';
import { wordsOf } from '../domain/errors/error-text.ts';
import { isNoAnswer } from '../domain/errors/no-answer.ts';
import { readJson } from '../domain/text/json-text.ts';
import { eventLine, type View } from './answers.ts';
import { readJsonAnswer, readText, type Upstream } from './engine-call.ts';
import type { Route } from './routes.ts';

export interface PassedCall {
  method: string;
  /** With its query. */
  path: string;
  /** A stream is a build's context. */
  body: string | Readable;
  answer: Route['answer'];
  view: View;
  response: ServerResponse;
  upstream: Upstream;
  /** Told of a stream of ours that broke off, with why. */
  onBroken: (error: Error) => void;
}

export function passOn(call: PassedCall): void {
  const { method, path, body, response, upstream } = call;
  const sent = httpRequest({ ...upstream, method, path, headers: headersFor(body) });
  sent.on('response', (answer) => {
    passBack(answer, call).catch((error: Error) => engineGone(response, error));
  });
  sent.on('error', (error) => engineGone(response, error));
  response.on('close', () => sent.destroy());
  sendBody(sent, call);
}

/** None of the caller's headers: no upgrade, no registry credentials. */
function headersFor(body: string | Readable) {
  if (typeof body !== 'string') return { 'content-type': 'application/x-tar' };
  return body === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
}

function sendBody(sent: ClientRequest, { body, response, onBroken }: PassedCall): void {
  if (typeof body === 'string') return void sent.end(body);
  // The engine may answer, and close, before it has read all: its answer counts, not the broken pipe.
  pipeline(body, sent, (error) => {
    if (error && body.errored === error) {
      onBroken(error);
      engineGone(response, error);
    }
  });
}

async function passBack(answer: IncomingMessage, { answer: shown, view, response }: PassedCall): Promise<void> {
  const status = answer.statusCode ?? 502;
  if (status >= 300) return passError(answer, response);
  if (shown === 'none') {
    answer.resume();
    return void response.writeHead(status).end();
  }
  if (typeof shown === 'function') return sendJson(response, status, await shown(await readJsonAnswer(answer), view));
  response.writeHead(status, { 'content-type': answer.headers['content-type'] ?? 'application/octet-stream' });
  // A log that is followed may say nothing for a long time; its head must not wait for that.
  response.flushHeaders();
  const stream = shown === 'events' ? Readable.from(ownEvents(answer, view), { objectMode: false }) : answer;
  pipeline(stream, response, () => {});
}

async function* ownEvents(answer: IncomingMessage, { scope }: View) {
  for await (const line of createInterface({ input: answer })) {
    const shown = eventLine(line, scope);
    if (shown !== null) yield `${shown}\n`;
  }
}

const MAX_ERROR_BYTES = 64 * 1024;
const engineError = z.object({ message: z.string() });

/** The engine's words and nothing else that it may have sent. */
async function passError(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  const status = answer.statusCode ?? 502;
  const text = await readText(answer, MAX_ERROR_BYTES);
  const said = engineError.safeParse(readJson(text));
  if (status === 304) return void response.writeHead(304).end();
  sendJson(response, status, { message: said.success ? said.data.message : `HTTP ${status}` });
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function engineGone(response: ServerResponse, error: Error): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  sendJson(response, 502, {
    message: `the engine ${isNoAnswer(error) ? 'does not answer' : 'broke off'}: ${wordsOf(error)}`,
  });
}
