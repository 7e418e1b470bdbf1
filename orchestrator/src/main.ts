/** Composition root of the orchestrator: config, adapters, loop, server, signals; nothing else. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createAccessToken } from './api/access-token.ts';
import { sealed } from './bus/control-seal.ts';
import { metered } from './bus/limits/metered-bus.ts';
import { createRedisBus, type RedisBus } from './bus/redis-bus.ts';
import { passwordsIn } from './credentials/password-file.ts';
import { HairemError } from './domain/errors/errors.ts';
import { createFailures, type Failure } from './domain/errors/failures.ts';
import { passwordsOf, proxiesIn, proxyVariables } from './domain/network/proxies.ts';
import type { Log } from './domain/ports/log.ts';
import { reservedNames } from './domain/reserved-names.ts';
import { createDockerHost } from './engine/docker-host.ts';
import { createGrantFile } from './grants/grant-file.ts';
import { followUserMessages } from './history/user-messages.ts';
import { baseHashesOf, readBaseImages } from './images/base-image.ts';
import { createImageBuilder } from './images/image-builder.ts';
import { readConfig, SETTINGS } from './process/config.ts';
import { freeBytes } from './process/free-bytes.ts';
import { createLog } from './process/log.ts';
import { systemClock as clock } from './process/system-clock.ts';
import { trustCa } from './process/trust-ca.ts';
import { surviveFailures } from './process/uncaught-errors.ts';
import { createStateFile } from './reconcile/state-file.ts';
import { watchDiskSpace } from './reconcile/triggers/disk-space.ts';
import { createOwnRedactors } from './redact/agent-redactors.ts';
import {
  appliedToAll,
  ownRedactedRegistry,
  redactedControl,
  redactedHost,
  redactedRegistry,
  redactedStore,
} from './redact/redacted-ports.ts';
import { createRedactor } from './redact/redactor.ts';
import { createRegistry } from './registry/create-registry.ts';
import { holdHeartbeats } from './registry/hold-heartbeats.ts';
import { createSeal } from './secrets/fingerprint.ts';
import { createSecretStore } from './secrets/secret-store.ts';
import { openApi } from './start/api.ts';
import { openSeal, openTrust, readIdentity } from './start/data-volume.ts';
import { rotationPorts } from './start/rotation.ts';
import { startCrewServices } from './start/services.ts';
import { startCrew } from './start/start-agents.ts';

/** What agents say to each other, and what is said to people and to all; the rest the loop's own connection hears. */
const CREW_EAR = ['agent:*'];
const PEOPLE_EAR = ['agent:user:*', 'agent:*:user', 'broadcast:*'];
/** Where Redis is silent the loop's own connection finds out first, and what hears people is opened anew with it. */
const EAR_PING_MS = 5_000;

/**
 * Runs until SIGTERM or SIGINT; agents go on running then. Errors: bad_config, conflict where another orchestrator acts
 * for this installation, and those of the first engine call.
 */
export async function runOrchestrator(): Promise<void> {
  const config = readConfig(process.env);
  const redactor = createRedactor();
  const own = createOwnRedactors();
  const log = createLog({ level: config.logLevel, redact: redactor.text });
  surviveFailures(log);
  const onFailure = (failure: Failure) => log.error('a listener failed; please report it', { ...failure });
  const note = createFailures(onFailure);
  const stop = stopOnSignals(log);
  let rival: HairemError | null = null;
  const identity = await readIdentity(config);
  const { installId } = identity;
  const passwords = passwordsIn(config.redis.passwordFile);
  redactor.hide([identity.token, identity.secretsKey, ...passwords()]);
  const token = createAccessToken(identity.token);
  const { container } = config.redis;
  const engine = createDockerHost({
    socketPath: config.engineSocket,
    installId,
    redis: container ? { container } : { project: config.composeProject, service: 'redis' },
    subnet: config.subnet,
    clock,
    onStranger: (name) => log.warn('a container has our label but not what an instance needs', { name }),
  });
  const host = redactedHost(engine, redactor);
  const redis = {
    host: config.redis.host,
    port: config.redis.port,
    username: 'orchestrator',
    passwords,
  };
  const sleep = (ms: number) => clock.sleep(ms);
  const seal = await openSeal(config, log);
  const plain = createRedisBus(redis, {
    onError: (message) => log.warn('redis', { message }),
    onFailure,
    onRival: (error) => {
      rival = error;
      stop.abort(error);
    },
    sleep,
  });
  const bus = sealed(plain, seal);
  const open = new Set<RedisBus>([plain]);
  const openEar = (patterns: readonly string[]) => {
    const ear = createRedisBus(redis, {
      patterns,
      pingMs: EAR_PING_MS,
      onError: (message) => log.debug('redis, for what agents say', { message }),
      onFailure,
      onRival: null,
      sleep,
    });
    open.add(ear);
    const close = () => {
      open.delete(ear);
      ear.close();
    };
    return { ...ear, close };
  };
  const people = followUserMessages({ bus, open: () => openEar(PEOPLE_EAR), note }, stop.signal);
  const stateDir = join(config.dataDir, 'agents');
  const files = createStateFile(stateDir, (file, error) => log.error('a state file is broken', { file, error }));
  const store = redactedStore(files, redactor);
  const trust = await openTrust(config, { store, log });
  const isReserved = reservedNames(SETTINGS);
  const grantFile = createGrantFile({ path: config.grantsFile, isReserved });
  const secrets = createSecretStore({
    dir: config.secretsDir,
    env: process.env,
    seal: createSeal(identity.secretsKey),
    names: trust,
    grants: grantFile.grants,
    granted: grantFile.variables,
    isReserved,
    onValues(values, agent) {
      redactor.hide(values);
      if (agent !== null) own.hide(agent, values);
    },
  });
  const bases = await readBaseImages(config.baseImageDir);
  const workDir = join(config.dataDir, 'snapshots');
  await mkdir(workDir, { recursive: true });
  const ca = await trustCa(config.caFile, log);
  const proxies = proxiesIn(process.env);
  redactor.hide(passwordsOf(proxies));
  const builder = createImageBuilder({ host, installId, bases, mirrors: config.mirrors, ca: ca.files, proxies });
  const forAgents = holdHeartbeats(ownRedactedRegistry(createRegistry({ clock, note, eventsKept: 0 }), own));
  const forPeople = holdHeartbeats(redactedRegistry(createRegistry({ clock, note }), redactor));
  const registry = appliedToAll(forPeople, forAgents);
  const crew = await startCrew({
    config,
    installId,
    controlKeyFor: seal.keyFor,
    host,
    volumeSizes: () => engine.volumeSizes(),
    bus,
    people,
    store,
    secrets,
    trust,
    grantFile,
    rotation: rotationPorts({ config, seal, token, redactor, open }),
    redact: redactor.text,
    clock,
    log,
    note,
    registry,
    builder,
    bases,
    baseHashes: baseHashesOf(bases, ca.hash),
    network: { ...ca.variables, ...proxyVariables(proxies) },
    workDir,
    signal: stop.signal,
    onRestartNeeded: () => stop.abort(new HairemError('conflict', 'the agents folder was replaced')),
  });
  const history = startCrewServices({
    bus: crew.bus,
    openCrewEar: () => metered([openEar(CREW_EAR)], crew.amongAgents, note),
    registry,
    forAgents,
    languageModels: crew.languageModels,
    system: crew.system,
    grants: grantFile.grants,
    emit: crew.emit,
    report: crew.report,
    fence: crew.fence,
    whyUndelivered: crew.whyUndelivered,
    whyLost: crew.control.whyLost,
    isAgent: crew.isAgent,
    redactor,
    clock,
    log,
    signal: stop.signal,
  });
  if (ca.problem !== null) crew.system('ca', false, ca.problem);
  const { dataDir: dir } = config;
  const disk = watchDiskSpace({ dir, free: () => freeBytes(dir), system: crew.system, clock, signal: stop.signal });
  const api = await openApi({
    config,
    token,
    rotation: crew.rotation,
    registry,
    control: redactedControl(crew.control, redactor),
    history,
    clock,
    log,
    status: () => ({ install: installId, agents_dir: config.agentsDir }),
  });
  log.info('the orchestrator is up', { install: installId, agents: config.agentsDir, api: api.address });
  await Promise.all([crew.ended, disk]);
  await api.close();
  people.close();
  bus.close();
  log.info('the orchestrator has stopped; agents go on running');
  if (rival) throw rival;
}

function stopOnSignals(log: Log): AbortController {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      log.info('stopping', { signal: name });
      stop.abort(new HairemError('conflict', 'the orchestrator stops'));
    });
  }
  return stop;
}
