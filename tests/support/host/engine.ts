/** The container engine as the tests see it: plain calls on its own socket, past the gate. */
import { request } from 'node:http';

export const ENGINE_SOCKET = process.env.HAIREM_DOCKER_SOCKET ?? '/var/run/docker.sock';
const NO_ENGINE =
  '; no container engine for this user: `./hairem test` installs one, HAIREM_DOCKER_SOCKET names another';

class EngineError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'EngineError';
    this.status = status;
  }
}

/** @returns the parsed body; throws EngineError from status 400 on, unless `accept` has it */
export function engine<T = unknown>(
  method: string,
  path: string,
  { body, accept = [] }: { body?: unknown; accept?: number[] } = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const call = request({ socketPath: ENGINE_SOCKET, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('error', reject);
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        if (status >= 400 && !accept.includes(status)) reject(new EngineError(status, `${method} ${path}: ${text}`));
        else resolve(parse(text) as T);
      });
    });
    call.on('error', (error: NodeJS.ErrnoException) => {
      const { code = '', message } = error;
      if (!['ENOENT', 'ECONNREFUSED', 'EACCES'].includes(code)) return reject(error);
      reject(Object.assign(new Error(message + NO_ENGINE, { cause: error }), { code }));
    });
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The query part that lists by one label. */
export function byLabel(label: string, value: string): string {
  return `filters=${encodeURIComponent(JSON.stringify({ label: [`${label}=${value}`] }))}`;
}

export interface ContainerSummary {
  Id: string;
  Names: string[];
  State: string;
  ImageID: string;
  Labels: Record<string, string>;
}

export interface ContainerDetail {
  Id: string;
  Name: string;
  Image: string;
  State: { Status: string; Pid: number; Running: boolean; StartedAt: string };
  Config: { Env: string[]; User: string; Labels: Record<string, string> };
  HostConfig: Record<string, unknown>;
  NetworkSettings: { Networks: Record<string, { IPAddress: string; Gateway: string }> };
}

export const inspect = (id: string) => engine<ContainerDetail>('GET', `/containers/${id}/json`);

/** Kills the first process of a container at once: the engine's own way takes tens of milliseconds. */
export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
