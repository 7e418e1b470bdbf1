/**
 * Every environment variable of the orchestrator, the gate, `init` and the CLI: one schema, parsed once by whoever
 * starts the process. An empty variable counts as unset, because compose passes `${X:-}` as an empty string.
 */
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { HairemError } from '../domain/errors/errors.ts';
import { LOG_LEVELS } from '../domain/ports/log.ts';
import { absolute, dollars, hosts, integer, mirror, name, origins, path, timeZone } from './config-values.ts';

const environment = z.object({
  /** Where the home is: the time that agents and people are told. */
  TZ: timeZone,
  /** State, tokens and Redis' credentials. */
  HAIREM_DATA_DIR: path('/data'),
  /** `init` alone: where Redis finds its configuration and its users. */
  HAIREM_REDIS_DIR: path('/redis-conf'),
  /** The state of `services`: its password on the bus. */
  HAIREM_SERVICES_DIR: path('/services'),
  /** `init` alone: the databases of `store`, which reads this and its own few variables itself. */
  HAIREM_STORE_DIR: absolute.optional(),
  /** Where `services` find the store. */
  HAIREM_STORE_SOCKET: path('/run/hairem-store/store.sock'),
  /** The id of the installation as the gate knows it: `init` writes it, the gate reads it, nobody else sees it. */
  HAIREM_IDENTITY_DIR: path('/identity'),
  /** The bundles. */
  HAIREM_AGENTS_DIR: path('/agents'),
  /** Secrets of agents as files; their variables are read by secrets/, since no schema knows their names. */
  HAIREM_SECRETS_DIR: path('/run/secrets'),
  /** Where agents' dependencies come from instead of the public indexes. */
  HAIREM_PIP_INDEX_URL: mirror,
  HAIREM_NPM_REGISTRY: mirror,
  /** Certificates of one's own works, where this process finds them: PEM, or empty. */
  HAIREM_CA_FILE: absolute.optional(),
  /** What the owner gives to agents (deploy/grants.yaml); it need not be there. */
  HAIREM_GRANTS_FILE: path('/etc/hairem/grants.yaml'),
  /** `ask`: what asks for more than was accepted waits for a word. `all`: nothing does. */
  HAIREM_TRUST: z.enum(['ask', 'all'], { error: 'ask or all' }).default('ask'),
  /** Where the orchestrator calls the engine: the gate's socket. */
  HAIREM_ENGINE_SOCKET: path('/run/hairem/gate.sock'),
  /** Where the gate listens. */
  HAIREM_GATE_SOCKET: path('/run/hairem/gate.sock'),
  /** Where the gate calls the engine. */
  HAIREM_DOCKER_SOCKET: path('/var/run/docker.sock'),
  HAIREM_REDIS_HOST: z.string().default('redis'),
  HAIREM_REDIS_PORT: integer({ min: 1, max: 65_535, fallback: 6379 }),
  /** Default: `redis/orchestrator.password` in the data folder. */
  HAIREM_REDIS_PASSWORD_FILE: absolute.optional(),
  HAIREM_COMPOSE_PROJECT: name('a compose project name').default('hairem'),
  /** A container to attach to agents' networks instead of the one that compose's labels name. */
  HAIREM_REDIS_CONTAINER: name('a container id or name').optional(),
  HAIREM_API_HOST: z.union([z.ipv4(), z.ipv6(), z.literal('localhost')], { error: 'an IP address' }).default('0.0.0.0'),
  HAIREM_API_PORT: integer({ min: 0, max: 65_535, fallback: 8000 }),
  /** Where compose publishes the API on the host, as `address:port`: what people are told. */
  HAIREM_PUBLISHED: z
    .string()
    .regex(/^\[?[0-9a-fA-F.:]+\]?:\d{1,5}$/, { error: 'an address and a port like 127.0.0.1:8000' })
    .optional(),
  /** Origins of other pages that may call the API; none by default. */
  HAIREM_ORIGINS: origins,
  /** Names, besides localhost and IP addresses, under which the API may be called. */
  HAIREM_HOSTS: hosts,
  /** Where the CLI finds the API. */
  HAIREM_API_URL: z
    .url({ protocol: /^https?$/, error: 'a URL like http://127.0.0.1:8000' })
    .default('http://127.0.0.1:8000'),
  /** The CLI's token; without it `token` in the data folder is read. */
  HAIREM_TOKEN: z.string().optional(),
  /** Agents' networks are /29s out of this. */
  HAIREM_SUBNET: z
    .cidrv4({ error: 'an IPv4 network like 10.201.0.0/16' })
    .refine((cidr) => Number(cidr.split('/')[1]) <= 28, { error: 'an IPv4 network of /28 or larger' })
    .default('10.201.0.0/16'),
  /** `services` alone: a SurrealDB 3 server instead of the embedded engine, and a user of its root level. */
  SURREALDB_URL: z.url({ protocol: /^(wss?|https?)$/, error: 'a URL like ws://surrealdb:8000' }).optional(),
  SURREALDB_USER: z.string().optional(),
  SURREALDB_PASSWORD: z.string().optional(),
  SURREALDB_NAMESPACE: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/, { error: 'lower-case letters, digits and _' })
    .default('hairem'),
  /** How long what the crew says is kept. */
  HAIREM_HISTORY_DAYS: integer({ min: 1, max: 3650, fallback: 30 }),
  /** The language model of agents that say nothing of their own; by provider where its address is known. */
  HAIREM_LLM_PROVIDER: z.string().optional(),
  HAIREM_LLM_BASE_URL: z.url({ protocol: /^https?$/, error: 'a URL like http://192.168.1.5:11434/v1' }).optional(),
  HAIREM_LLM_API_KEY: z.string().optional(),
  HAIREM_LLM_MODEL: z.string().optional(),
  HAIREM_LLM_EMBEDDING_MODEL: z.string().optional(),
  /** US dollars per million tokens, where the provider does not say what a call has cost. */
  HAIREM_LLM_PRICE_INPUT: dollars,
  HAIREM_LLM_PRICE_OUTPUT: dollars,
  /** Calls at the same time, of all agents together. */
  HAIREM_LLM_CONCURRENCY: integer({ min: 1, max: 1000, fallback: 8 }),
  /** How long a model may say nothing: a large one is loaded for minutes. */
  HAIREM_LLM_TIMEOUT_SECONDS: integer({ min: 1, max: 600, fallback: 180 }),
  /** What each agent may use in a day of UTC, where deploy/grants.yaml says nothing of it; 0 for no limit. */
  HAIREM_LLM_TOKENS_PER_DAY: integer({ min: 0, max: 1e12, fallback: 0 }),
  HAIREM_LLM_COST_PER_DAY: dollars,
  HAIREM_LOG_LEVEL: z.enum(LOG_LEVELS, { error: 'debug, info, warn or error' }).default('info'),
  /** The build context of the BaseAgent images. */
  HAIREM_BASE_IMAGE_DIR: path(fileURLToPath(new URL('../../../agent-base-image', import.meta.url))),
  /** Tests: the name of a step at which the process kills itself. */
  HAIREM_KILL_AT: z.string().optional(),
  /** Milliseconds between looks at the folder; set, it replaces file events. */
  HAIREM_POLL: integer({ min: 50, max: 3_600_000, fallback: 0 }),
  /** How long a bundle must be gone before its agent is stopped. */
  HAIREM_REMOVE_HOLD_SECONDS: integer({ min: 0, max: 3600, fallback: 3 }),
  /** The first wait after a failure; it doubles from there. */
  HAIREM_BACKOFF_BASE_MS: integer({ min: 1, max: 3_600_000, fallback: 10_000 }),
});

/** Every variable that hAIrem reads. */
export const SETTINGS: readonly string[] = Object.keys(environment.shape);

export type Config = ReturnType<typeof shape>;

/** @throws HairemError bad_config, naming every bad variable and what is expected of it. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) throw new HairemError('bad_config', explain(parsed.error, given));
  return shape(parsed.data);
}

function shape(env: z.infer<typeof environment>) {
  const dataDir = env.HAIREM_DATA_DIR;
  return Object.freeze({
    dataDir,
    redisDir: env.HAIREM_REDIS_DIR,
    servicesDir: env.HAIREM_SERVICES_DIR,
    /** Null where `init` has nothing to move. */
    storeDir: env.HAIREM_STORE_DIR ?? null,
    storeSocket: env.HAIREM_STORE_SOCKET,
    identityDir: env.HAIREM_IDENTITY_DIR,
    agentsDir: env.HAIREM_AGENTS_DIR,
    secretsDir: env.HAIREM_SECRETS_DIR.replace(/\/+$/, ''),
    mirrors: Object.freeze({ pip: env.HAIREM_PIP_INDEX_URL ?? null, npm: env.HAIREM_NPM_REGISTRY ?? null }),
    caFile: env.HAIREM_CA_FILE ?? null,
    grantsFile: env.HAIREM_GRANTS_FILE,
    trustAll: env.HAIREM_TRUST === 'all',
    engineSocket: env.HAIREM_ENGINE_SOCKET,
    gateSocket: env.HAIREM_GATE_SOCKET,
    dockerSocket: env.HAIREM_DOCKER_SOCKET,
    redis: Object.freeze({
      host: env.HAIREM_REDIS_HOST,
      port: env.HAIREM_REDIS_PORT,
      passwordFile: env.HAIREM_REDIS_PASSWORD_FILE ?? `${dataDir}/redis/orchestrator.password`,
      container: env.HAIREM_REDIS_CONTAINER ?? null,
    }),
    composeProject: env.HAIREM_COMPOSE_PROJECT,
    api: Object.freeze({
      host: env.HAIREM_API_HOST,
      port: env.HAIREM_API_PORT,
      origins: Object.freeze(env.HAIREM_ORIGINS),
      hosts: Object.freeze(env.HAIREM_HOSTS),
      url: env.HAIREM_API_URL.replace(/\/$/, ''),
      published: publishedAt(env.HAIREM_PUBLISHED),
      token: env.HAIREM_TOKEN ?? null,
      tokenFile: `${dataDir}/token`,
    }),
    surreal: Object.freeze({
      url: env.SURREALDB_URL ?? null,
      user:
        env.SURREALDB_USER === undefined
          ? null
          : Object.freeze({ username: env.SURREALDB_USER, password: env.SURREALDB_PASSWORD ?? '' }),
      namespace: env.SURREALDB_NAMESPACE,
    }),
    historyDays: env.HAIREM_HISTORY_DAYS,
    subnet: env.HAIREM_SUBNET,
    llm: Object.freeze({
      provider: env.HAIREM_LLM_PROVIDER ?? null,
      baseUrl: env.HAIREM_LLM_BASE_URL ?? null,
      apiKey: env.HAIREM_LLM_API_KEY ?? null,
      model: env.HAIREM_LLM_MODEL ?? null,
      embeddingModel: env.HAIREM_LLM_EMBEDDING_MODEL ?? null,
      price: priceOf(env.HAIREM_LLM_PRICE_INPUT, env.HAIREM_LLM_PRICE_OUTPUT),
      concurrency: env.HAIREM_LLM_CONCURRENCY,
      timeoutMs: env.HAIREM_LLM_TIMEOUT_SECONDS * 1000,
      limits: Object.freeze({
        tokensPerDay: env.HAIREM_LLM_TOKENS_PER_DAY || null,
        costPerDay: env.HAIREM_LLM_COST_PER_DAY || null,
      }),
    }),
    timezone: env.TZ,
    logLevel: env.HAIREM_LOG_LEVEL,
    baseImageDir: env.HAIREM_BASE_IMAGE_DIR,
    killAt: env.HAIREM_KILL_AT ?? null,
    /** Null: file events, with polling only where they do not work. */
    pollMs: env.HAIREM_POLL === 0 ? null : env.HAIREM_POLL,
    removeHoldMs: env.HAIREM_REMOVE_HOLD_SECONDS * 1000,
    backoffBaseMs: env.HAIREM_BACKOFF_BASE_MS,
  });
}

function publishedAt(text: string | undefined): { host: string; port: string } | null {
  if (text === undefined) return null;
  const end = text.lastIndexOf(':');
  return Object.freeze({ host: text.slice(0, end).replace(/^\[|\]$/g, ''), port: text.slice(end + 1) });
}

/** Never shown. */
const SECRET = /TOKEN|PASSWORD|API_KEY|SURREALDB_URL/;

const priceOf = (input: number, output: number) => (input + output > 0 ? { input, output } : null);

function explain(error: z.ZodError, given: Record<string, string | undefined>): string {
  const lines = new Map<string, string>();
  for (const issue of error.issues) {
    const variable = String(issue.path[0]);
    const value = SECRET.test(variable) ? '(hidden)' : JSON.stringify(given[variable]);
    if (!lines.has(variable)) lines.set(variable, `${variable} is ${value}; expected ${issue.message}`);
  }
  return [...lines.values()].join('\n');
}
