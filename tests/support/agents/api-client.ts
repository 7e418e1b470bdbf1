/** The REST API as a client of it: typed reads of records, raw calls, and the event stream. */
import type { AgentRecord, UpdateReport } from '../../../orchestrator/src/domain/agent-record.ts';
import type { RegistryEvent } from '../../../orchestrator/src/domain/event.ts';

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed JSON, or the text where it is none. */
  body: unknown;
}

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  /** Null leaves the header out. */
  token?: string | null;
}

/** @param ownToken asked at each call: a rotation changes it */
export function createApiClient(url: string, ownToken: () => string) {
  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { body, headers = {}, token = ownToken() } = options;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: parse(await response.text()) };
  }

  async function read<T>(path: string): Promise<T> {
    const { status, body } = await call('GET', path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return body as T;
  }

  return {
    url,
    call,
    agents: () => read<AgentRecord[]>('/api/agents'),
    agent: (id: string) => read<AgentRecord>(`/api/agents/${id}`),
    updates: (id: string) => read<UpdateReport[]>(`/api/agents/${id}/updates`),
    /** Registry events until the signal aborts. */
    events: (signal: AbortSignal) => events(`${url}/api/events`, ownToken(), signal),
  };
}

export type ApiClient = ReturnType<typeof createApiClient>;

async function* events(url: string, token: string, signal: AbortSignal): AsyncGenerator<RegistryEvent> {
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
    signal,
  });
  if (!response.ok || !response.body) throw new Error(`GET /api/events: ${response.status}`);
  let rest = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block.split('\n').filter((line) => line.startsWith('data:'));
      if (data.length > 0) yield JSON.parse(data.map((line) => line.slice(5).trimStart()).join('\n'));
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
