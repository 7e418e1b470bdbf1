/**
 * The calls that the gate lets through, and no other: method, anchored path, query parameters by name, and what the
 * body must be (SECURITY.md, "The engine gate"). Pure.
 */
import type * as z from 'zod';
import { connectBody, containerBody, networkBody, updateBody, volumeBody } from './bodies.ts';

export interface Route {
  method: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  path: RegExp;
  /** Allowed parameters and what their values must match. */
  query: Readonly<Record<string, RegExp>>;
  /** `none`: dropped. `stream`: passed on as it comes. A schema: parsed, checked, and written anew. */
  body: 'none' | 'stream' | z.ZodType;
}

const ID = '[a-zA-Z0-9][a-zA-Z0-9_.-]{0,200}';
const IMAGE = '(?:sha256:[0-9a-f]{64}|[a-z0-9]+(?:(?:\\.|__?|-+|/)[a-z0-9]+)*(?::[\\w][\\w.-]{0,127})?)';
const OUR_TAG = /^hairem\/[a-z0-9-]+:[\w.-]{1,128}$/;
const ANY = /^/;
const FLAG = /^(?:0|1|true|false)$/i;
const SECONDS = /^[\d.]{1,24}$/;

/** The API versions that we speak. In old ones a plain `start` took a host config. */
const VERSION = '(?:/v1\\.(?:4[1-9]|[5-9]\\d))?';

function route(spec: string, query: Record<string, RegExp> = {}, body: Route['body'] = 'none'): Route {
  const [method, path = ''] = spec.split(' ');
  const pattern = path.replaceAll('{id}', ID).replaceAll('{image}', IMAGE);
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST' && method !== 'DELETE') throw new TypeError(spec);
  return { method, path: new RegExp(`^${VERSION}${pattern}$`), query, body };
}

const LOGS = {
  stdout: FLAG,
  stderr: FLAG,
  follow: FLAG,
  timestamps: FLAG,
  tail: /^(?:all|\d{1,9})$/,
  since: SECONDS,
  until: SECONDS,
};
/** Nothing that reaches another host, another network, another Dockerfile's arguments or BuildKit's session. */
const BUILD = {
  version: /^1$/,
  t: OUR_TAG,
  rm: FLAG,
  forcerm: FLAG,
  pull: /^(?:0|false)$/,
  networkmode: /^default$/,
  labels: ANY,
  target: /^[a-z0-9-]{1,64}$/,
  nocache: FLAG,
  q: FLAG,
};

const ROUTES: readonly Route[] = [
  route('GET /_ping'),
  route('HEAD /_ping'),
  route('GET /version'),
  route('GET /info'),
  route('GET /events', { filters: ANY, since: SECONDS, until: SECONDS }),
  route('GET /system/df'),

  route('GET /containers/json', { all: FLAG, filters: ANY, size: FLAG, limit: /^\d{1,6}$/ }),
  route('GET /containers/{id}/json', { size: FLAG }),
  route('GET /containers/{id}/logs', LOGS),
  route('GET /containers/{id}/stats', { stream: FLAG, 'one-shot': FLAG }),
  route('POST /containers/create', { name: /^hairem-[a-z0-9-]{1,120}$/ }, containerBody),
  route('POST /containers/{id}/start'),
  route('POST /containers/{id}/stop', { t: /^\d{1,6}$/ }),
  route('POST /containers/{id}/kill', { signal: /^[A-Z0-9]{1,12}$/ }),
  route('POST /containers/{id}/rename', { name: /^hairem-[a-z0-9-]{1,120}$/ }),
  route('POST /containers/{id}/wait', { condition: /^[a-z-]{1,16}$/ }),
  route('POST /containers/{id}/update', {}, updateBody),
  route('DELETE /containers/{id}', { force: FLAG, v: FLAG }),

  route('GET /images/json', { all: FLAG, filters: ANY }),
  route('GET /images/{image}/json'),
  route('POST /images/{image}/tag', { repo: /^hairem\/[a-z0-9-]+$/, tag: /^[\w.-]{1,128}$/ }),
  route('POST /images/create', { fromImage: /^[\w./:@-]{1,255}$/, tag: /^[\w.:-]{1,128}$/ }),
  route('POST /images/prune', { filters: ANY }),
  route('DELETE /images/{image}', { force: FLAG, noprune: FLAG }),
  route('POST /build', BUILD, 'stream'),

  route('GET /networks', { filters: ANY }),
  route('GET /networks/{id}'),
  route('POST /networks/create', {}, networkBody),
  route('POST /networks/{id}/(?:connect|disconnect)', {}, connectBody),
  route('DELETE /networks/{id}'),

  route('GET /volumes', { filters: ANY }),
  route('GET /volumes/{id}'),
  route('POST /volumes/create', {}, volumeBody),
  route('DELETE /volumes/{id}', { force: FLAG }),
];

export type Passage = { allowed: true; route: Route } | { allowed: false; why: string };

/** Whether this request line may pass; `target` is as the client sent it. */
export function findPassage(method: string, target: string): Passage {
  const at = target.indexOf('?');
  const path = at === -1 ? target : target.slice(0, at);
  const found = ROUTES.find((each) => each.method === method && each.path.test(path));
  if (!found) return { allowed: false, why: 'no such route' };
  const why = wrongQuery(found, at === -1 ? '' : target.slice(at + 1));
  return why === null ? { allowed: true, route: found } : { allowed: false, why };
}

function wrongQuery(found: Route, query: string): string | null {
  // Older engines split at it, we do not.
  if (query.includes(';')) return 'a semicolon';
  const seen = new Set<string>();
  for (const [key, value] of new URLSearchParams(query)) {
    const allowed = Object.hasOwn(found.query, key) ? found.query[key] : undefined;
    if (!allowed) return `parameter ${key}`;
    if (seen.has(key)) return `parameter ${key} twice`;
    if (!allowed.test(value)) return `the value of ${key}`;
    seen.add(key);
  }
  return null;
}
