/** A question of the gate's own to the engine: one GET, its answer read whole and bounded. */

import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { wordsOf } from '../domain/errors/error-text.ts';
import { HairemError } from '../domain/errors/errors.ts';
import { DEEPEST_CARRIED, parseJson } from '../domain/text/json-text.ts';

export interface Upstream {
  /** Path of the engine's socket. */
  socketPath: string;
  agent: Agent;
}

const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** Errors: engine_unavailable where nothing answers, engine_refused where the answer is too long or no JSON. */
export async function askEngine(upstream: Upstream, path: string): Promise<{ status: number; body: unknown }> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const call = httpRequest({ ...upstream, method: 'GET', path }, resolve);
  call.on('error', (cause) => reject(new HairemError('engine_unavailable', wordsOf(cause), { cause })));
  call.end();
  const answer = await promise;
  return { status: answer.statusCode ?? 0, body: await readJsonAnswer(answer) };
}

export async function readJsonAnswer(answer: IncomingMessage): Promise<unknown> {
  const text = await readText(answer, MAX_ANSWER_BYTES);
  try {
    return parseJson(text, DEEPEST_CARRIED);
  } catch (cause) {
    throw new HairemError('engine_refused', 'the engine answered with something that is not JSON', { cause });
  }
}

/** Errors: engine_refused where it is longer than that, engine_unavailable where it is cut off. */
export async function readText(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer) {
      size += chunk.length;
      if (size > maxBytes)
        throw new HairemError('engine_refused', `the engine's answer is longer than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof HairemError) throw error;
    throw new HairemError('engine_unavailable', 'the engine cut off its answer', { cause: error });
  }
  return Buffer.concat(chunks).toString();
}
