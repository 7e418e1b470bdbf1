/**
 * The calls that the gate lets through, and no other: method, anchored path, query parameters by name, what the body
 * must be and what the answer shows (SECURITY.md, "The engine gate"). What a path names stands in it as `{kind}`, and
 * is looked up before the call. Pure.
 */
import { ANSWER, type Project } from './answers.ts';
import { connectBody, containerBody, disconnectBody, networkBody, updateBody, volumeBody } from './bodies.ts';
import {
  type BodyCheck,
  type Checked,
  connectCheck,
  containerCheck,
  disconnectCheck,
  networkCheck,
  plainBody,
  startCheck,
  volumeCheck,
} from './checks.ts';
import type { Owners } from './owners.ts';

const NAME = '[a-zA-Z0-9][a-zA-Z0-9_.-]{0,200}';
const IMAGE = '(?:sha256:[0-9a-f]{64}|hairem/[a-z0-9-]{1,60}:[\\w][\\w.-]{0,127})';

/** What a path may name, and who says whose it is. */
const THINGS = {
  container: { pattern: NAME, owner: (owners: Owners) => owners.container },
  'container or Redis': { pattern: NAME, owner: (owners: Owners) => owners.containerOrRedis },
  network: { pattern: NAME, owner: (owners: Owners) => owners.network },
  image: { pattern: IMAGE, owner: (owners: Owners) => owners.image },
} as const;
export type Thing = keyof typeof THINGS;
export const ownerOf = (thing: Thing, owners: Owners) => THINGS[thing].owner(owners);

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** As it is written below. */
  spec: string;
  path: RegExp;
  /** What the second group of `path` is; null where the path names nothing. */
  names: Thing | null;
  /** Allowed parameters and what their values must match. */
  query: Readonly<Record<string, RegExp>>;
  /** `none`: dropped. `build`: a context. A check: parsed, checked, and written anew. */
  body: 'none' | 'build' | BodyCheck;
  /** Beside whose it is. */
  check: (call: Checked) => Promise<void>;
  /** Lists are asked with our label in their `filters`, and with this one where it is set. */
  filter: 'ours' | 'images' | 'none';
  /** `none`: the status alone. `stream`: as it comes. `events`: line by line. A projection of JSON. */
  answer: 'none' | 'stream' | 'events' | Project;
}

const FLAG = /^(?:0|1|true|false)$/i;
const FILTERS = /^\{.{0,1000}\}$/;
const SECONDS = /^[\d.]{1,24}$/;

/** The API versions that we speak. In old ones a plain `start` took a host config. */
const VERSION = '(/v1\\.(?:4[1-9]|[5-9]\\d))?';

type Options = Partial<Pick<Route, 'query' | 'body' | 'check' | 'filter' | 'answer'>>;

function route(spec: string, options: Options = {}): Route {
  const [, method, path = ''] = /^(\w+) (.+)$/.exec(spec) ?? [];
  if (method !== 'GET' && method !== 'POST' && method !== 'DELETE') throw new TypeError(spec);
  const names = /\{(.+)\}/.exec(path)?.[1] ?? null;
  if (names !== null && !isThing(names)) throw new TypeError(`${spec}: ${names} has no owner`);
  const pattern = names === null ? path : path.replace(`{${names}}`, `(${THINGS[names].pattern})`);
  const rest = { query: {}, body: 'none', check: async () => {}, filter: 'none', answer: 'none' } as const;
  return { method, spec, names, path: new RegExp(`^${VERSION}${pattern}$`), ...rest, ...options };
}

const isThing = (name: string): name is Thing => Object.hasOwn(THINGS, name);

const LOGS = {
  stdout: FLAG,
  stderr: FLAG,
  follow: FLAG,
  timestamps: FLAG,
  tail: /^(?:all|\d{1,9})$/,
  since: SECONDS,
};
/** Nothing that reaches another host, another network, another Dockerfile or BuildKit's session. */
const BUILD = {
  version: /^1$/,
  t: /^hairem\/[a-z0-9-]{1,60}:[\w.-]{1,128}$/,
  rm: /^(?:1|true)$/,
  forcerm: /^(?:1|true)$/,
  pull: /^(?:0|false)$/,
  // Whose network it is, is `build-check.ts`' to say.
  networkmode: /^(?:default|hairem-[a-z0-9-]{1,116})$/,
  memory: /^\d{1,12}$/,
  memswap: /^\d{1,12}$/,
  cpuperiod: /^100000$/,
  cpuquota: /^\d{4,8}$/,
  ulimits: /^\[.{0,500}\]$/, // as the limits, checked in build-limits.ts
  labels: FILTERS,
  // The gate's own are sent in their place.
  buildargs: /^\{.{0,8000}\}$/,
  target: /^(?:node|python)$/,
};

export const ROUTES: readonly Route[] = [
  route('GET /version', { answer: ANSWER.version }),
  route('GET /info', { answer: ANSWER.info }),
  route('GET /events', { query: { filters: FILTERS }, filter: 'ours', answer: 'events' }),

  // Of volumes alone, where the engine can (API 1.42): 20.10 looks at everything.
  route('GET /system/df', { query: { type: /^volume$/ }, answer: ANSWER.volumeSizes }),

  route('GET /containers/json', {
    query: { all: FLAG, size: FLAG, filters: FILTERS },
    filter: 'ours',
    answer: ANSWER.containers,
  }),
  route('GET /containers/{container or Redis}/json', { answer: ANSWER.container }),
  route('GET /containers/{container}/logs', { query: LOGS, answer: 'stream' }),
  route('POST /containers/create', {
    query: { name: /^hairem-[a-z0-9-]{1,120}$/ },
    body: containerCheck(containerBody),
    answer: ANSWER.created,
  }),
  route('POST /containers/{container}/start', { check: startCheck }),
  route('POST /containers/{container}/stop', { query: { t: /^\d{1,4}$/ } }),
  route('POST /containers/{container}/wait', { query: { condition: /^removed$/ } }),
  route('POST /containers/{container}/update', { body: plainBody(updateBody) }),
  route('DELETE /containers/{container}', { query: { force: FLAG, v: FLAG } }),

  route('GET /images/json', { query: { filters: FILTERS }, filter: 'images', answer: ANSWER.images }),
  route('GET /images/{image}/json', { answer: ANSWER.image }),
  route('DELETE /images/{image}'),
  route('POST /build', { query: BUILD, body: 'build', answer: 'stream' }),

  route('GET /networks', { query: { filters: FILTERS }, answer: ANSWER.networks }),
  route('GET /networks/{network}', { answer: ANSWER.network }),
  route('POST /networks/create', { body: networkCheck(networkBody), answer: ANSWER.created }),
  route('POST /networks/{network}/connect', { body: connectCheck(connectBody) }),
  route('POST /networks/{network}/disconnect', { body: disconnectCheck(disconnectBody) }),
  route('DELETE /networks/{network}'),

  route('GET /volumes', { query: { filters: FILTERS }, filter: 'ours', answer: ANSWER.volumes }),
  route('POST /volumes/create', { body: volumeCheck(volumeBody), answer: ANSWER.created }),
];

export interface Found {
  route: Route;
  version: string;
  /** What the path names, as it was sent; null where it names nothing. */
  ref: string | null;
  query: URLSearchParams;
}

export type Passage = ({ allowed: true } & Found) | { allowed: false; why: string };

/** Whether this request line may pass; `target` is as the client sent it. */
export function findPassage(method: string, target: string): Passage {
  const at = target.indexOf('?');
  const path = at === -1 ? target : target.slice(0, at);
  // Older engines split at it, we do not.
  if (target.includes(';')) return { allowed: false, why: 'a semicolon' };
  const query = new URLSearchParams(at === -1 ? '' : target.slice(at + 1));
  for (const route of ROUTES) {
    const match = route.method === method ? route.path.exec(path) : null;
    if (!match) continue;
    const why = wrongQuery(route, query);
    if (why !== null) return { allowed: false, why };
    return { allowed: true, route, version: match[1] ?? '', ref: match[2] ?? null, query };
  }
  return { allowed: false, why: 'no such route' };
}

function wrongQuery(found: Route, query: URLSearchParams): string | null {
  const seen = new Set<string>();
  for (const [key, value] of query) {
    const allowed = Object.hasOwn(found.query, key) ? found.query[key] : undefined;
    if (!allowed) return `parameter ${key.slice(0, 100)}`;
    if (seen.has(key)) return `parameter ${key} twice`;
    if (!allowed.test(value)) return `the value of ${key}`;
    seen.add(key);
  }
  return null;
}
