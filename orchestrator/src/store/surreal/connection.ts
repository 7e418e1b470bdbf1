/**
 * SurrealDB, embedded on disk or a server: one connection, our own database, and one database for each agent in which
 * only that agent's own user acts. Everything that knows the driver is here.
 */

import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createRemoteEngines, Surreal, type SurrealSession } from 'surrealdb';
import { inTime } from '../../async/deadline.ts';
import { keptWhileGood } from '../../async/single-flight-cache.ts';
import type { AgentId } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { Timers } from '../../domain/ports/ports.ts';
import { type Database, databaseOn, type InTime } from './database.ts';
import { storeError } from './errors.ts';
import { deadline } from './retry.ts';

/** The embedded engines, which only the store's children load. */
export type Engines = NonNullable<NonNullable<ConstructorParameters<typeof Surreal>[0]>['engines']>;

/**
 * On disk each agent has an engine of its own: engine 3.0 keeps its vector indexes in one cache for all databases and
 * mixes them up there. On a server vectors are compared one by one instead.
 */
export type SurrealPlace =
  | { kind: 'disk'; folder: string; engines: Engines }
  /** `user` is of the root level. Our own data is in `namespace`, agents' databases in `<namespace>_agents`. */
  | { kind: 'server'; url: string; user: { username: string; password: string } | null; namespace: string };

export interface SurrealOptions {
  place: SurrealPlace;
  /** The longest that one query may take, in seconds; a server has its own limit. */
  querySeconds: number;
  prepare: Prepare;
  clock: Timers;
}

/** Runs once for each database that is opened, before anything else there. @throws bad_config */
export interface Prepare {
  own(database: Database): Promise<void>;
  agent(opened: { database: Database; versions: Database; agent: AgentId }): Promise<void>;
}

export interface SurrealStore {
  /** Our own database. */
  own(): Promise<Database>;
  /** An agent's database, signed in as the agent's own user. */
  ofAgent(agent: AgentId): Promise<Database>;
  /** The embedded engine keeps the process alive all the same: exit explicitly. */
  close(): Promise<void>;
}

const OWN_NAMESPACE = 'hairem';
const OWN_DATABASE = 'services';
const AGENT_USER = 'agent';
/** An engine whose files another process holds waits for them without a word. */
const CONNECT_MS = 20_000;
/** Redefined by each process, so that nothing has to keep them. */
const newPassword = () => randomBytes(32).toString('base64url');

/** Connects when it is first needed, and again after the connection was lost. */
export function createSurrealStore(options: SurrealOptions): SurrealStore {
  const { place, prepare } = options;
  const indexesVectors = place.kind === 'disk';
  const namespace = place.kind === 'server' ? place.namespace : OWN_NAMESPACE;
  const connections = keptWhileGood<Surreal>();
  const databases = keptWhileGood<Database>();
  const forget = () => {
    connections.clear();
    databases.clear();
  };
  const answered = deadline(options, async () => {
    if (place.kind === 'disk') return; // its files are never opened twice in one process
    const mute = connections.all();
    forget();
    for (const surreal of await mute) surreal.close().catch(() => {});
  });
  const inTime: InTime = (work) =>
    answered(work).catch((thrown) => {
      throw storeError(thrown, 'SurrealDB');
    });
  const connectionFor = (name: string) => {
    const url = place.kind === 'server' ? place.url : `surrealkv://${place.folder}/${name}`;
    return connections.get(url, () => connect(url, options, forget));
  };
  const oursOn = async (surreal: Surreal) => {
    await inTime(() => enter(surreal, { namespace, database: OWN_DATABASE }));
    return databaseOn(surreal, { indexesVectors, inTime });
  };
  const own = () =>
    databases.get('', async () => {
      const database = await oursOn(await connectionFor('own'));
      await prepare.own(database);
      return database;
    });
  /** On disk the process has the agent's engine alone: its versions are in there, where the agent's user has no right. */
  const versionsFor = (surreal: Surreal) => (place.kind === 'disk' ? oursOn(surreal) : own());
  return {
    own,
    ofAgent: (agent) =>
      databases.get(agent, async () => {
        const surreal = await connectionFor(`agents/${agent}`);
        const where = { namespace: `${namespace}_agents`, database: agent };
        const session = await inTime(() => signIn(surreal, where));
        const database = databaseOn(session, { indexesVectors, inTime });
        await prepare.agent({ database, versions: await versionsFor(surreal), agent });
        return database;
      }),
    async close() {
      for (const surreal of await connections.all()) await surreal.close();
    },
  };
}

async function connect(url: string, options: SurrealOptions, onLost: () => void): Promise<Surreal> {
  const { place, clock } = options;
  if (place.kind === 'disk')
    await mkdir(new URL(url.replace(/^surrealkv:/, 'file:')), { recursive: true, mode: 0o700 });
  const surreal = new Surreal({ engines: place.kind === 'disk' ? place.engines : createRemoteEngines() });
  const user = place.kind === 'server' && place.user ? { authentication: place.user } : {};
  const late = () => new Error(`no connection in ${CONNECT_MS / 1000} s; is another process using it?`);
  try {
    await inTime(surreal.connect(url, { reconnect: false, ...user }), { clock, ms: CONNECT_MS, late });
    surreal.subscribe('disconnected', onLost);
    return surreal;
  } catch (thrown) {
    surreal.close().catch(() => {});
    throw storeError(thrown, `SurrealDB at ${withoutPassword(url)}`);
  }
}

interface Where {
  namespace: string;
  database: string;
}

/** Makes the database if it is not there. The session must have all rights. */
async function enter(session: SurrealSession, { namespace, database }: Where): Promise<void> {
  await session.query(`DEFINE NAMESPACE IF NOT EXISTS ${quoted(namespace)}`);
  await session.use({ namespace });
  await session.query(`DEFINE DATABASE IF NOT EXISTS ${quoted(database)}`);
  await session.use({ database });
}

/**
 * The user may change tables and data of this one database, no user and nothing outside of it. We act in there as that
 * user, too: an agent may define events, and they run with the rights of whoever writes.
 */
async function signIn(surreal: Surreal, where: Where): Promise<SurrealSession> {
  const password = newPassword();
  const admin = await surreal.forkSession();
  await enter(admin, where);
  await admin.query(
    `DEFINE USER OVERWRITE ${AGENT_USER} ON DATABASE PASSWORD '${password}' ROLES EDITOR DURATION FOR TOKEN NONE, FOR SESSION NONE`,
  );
  await admin.closeSession();
  const session = await surreal.newSession();
  await session.signin({ ...where, username: AGENT_USER, password });
  await session.use({ ...where });
  await mustBeConfined(session);
  return session;
}

/** A session that nobody signed in to owns the embedded engine: better no memory than that. */
async function mustBeConfined(session: SurrealSession): Promise<void> {
  const isOpen = await session.query('INFO FOR ROOT').then(
    () => true,
    () => false,
  );
  if (isOpen) throw new HairemError('internal', 'the session of an agent has rights outside of its database');
}

/** Names come from us and from agent ids, which have no quote in them. */
const quoted = (name: string) => `\`${name}\``;

const withoutPassword = (url: string) => url.replace(/\/\/[^/]*@/, '//');
