/** A stand-in for the engine on a socket of its own, and the adapter before it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createDockerHost } from '../../../orchestrator/src/engine/docker-host.ts';
import { steppedClock } from '../fakes/stepped-clock.ts';

export type Answers = Record<string, RequestListener>;

export const json =
  (body: unknown, status = 200): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
export const refuses = (status: number, message: string) => json({ message }, status);
export const VERSION = json({ ApiVersion: '1.41', MinAPIVersion: '1.12' });

/** Answers by `METHOD /path` without version and query; what it does not know is 500. */
export async function hostBefore(t: TestContext, answers: Answers) {
  const dir = await mkdtemp(join(tmpdir(), 'hairem-engine-'));
  const socketPath = join(dir, 'engine.sock');
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url}`);
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '');
    const answer = answers[`${request.method} ${path}`] ?? refuses(500, `unexpected ${path}`);
    answer(request, response);
  });
  const listen = () => new Promise<void>((resolve) => void server.listen(socketPath, resolve));
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  await listen();
  t.after(async () => {
    await stop();
    await rm(dir, { recursive: true });
  });
  const clock = steppedClock();
  const strangers: string[] = [];
  const host = createDockerHost({
    socketPath,
    installId: 'test',
    redis: { project: 'hairem', service: 'redis' },
    subnet: '10.1.0.0/24',
    clock,
    onStranger: (name) => strangers.push(name),
  });
  return { host, heard, clock, strangers, listen, stop };
}
