/**
 * Answers what comes on `svc:<service>:<id>:<inst>` (BUS.md, rule 14): each request is executed once, and answered
 * again from what is kept when it comes again, from whatever instance of the agent.
 *
 *   take ──► known? ── yes ──► what this instance lacks is sent again
 *              │ no
 *              ▼
 *            waits its turn ──► in the journal? ── no ──► run ──► journal ──► reply, kept for 20 minutes
 */
import type { AgentId, InstanceNumber } from '../domain/agent.ts';
import { asHairemError, HairemError } from '../domain/errors/errors.ts';
import { LARGEST_RESULT_BYTES } from '../domain/messages/message-size.ts';
import { type ServiceAnswer, type ServiceRequest, serviceRequest } from '../domain/messages/service-call.ts';
import type { Log } from '../domain/ports/log.ts';
import type { Bus, Clock } from '../domain/ports/ports.ts';
import { MOST_WEIGHT, type RunningLog } from '../domain/ports/running.ts';
import type { Journal } from '../domain/ports/stores.ts';
import { DEEPEST, DEEPEST_CARRIED, readExactJson, readJson, writeJson } from '../domain/text/json-text.ts';
import type { Operation, Service } from './operation.ts';
import { OpenRequest, type Outcome } from './request.ts';
import { RequestQueue } from './request-queue.ts';

export interface RpcServerOptions {
  services: readonly Service[];
  /** The channel of an answer: `serviceReplies` or `orchestratorReplies`. */
  repliesOf: (service: string, agent: AgentId, inst: InstanceNumber) => string;
  bus: Pick<Bus, 'publish'>;
  journal: Journal;
  /** Knows what this process died of; without it nothing is written down. */
  running?: Tried;
  clock: Clock;
  log: Log;
}

interface Tried {
  log: Pick<RunningLog, 'deathsOf' | 'begin' | 'end'>;
  /** It is not run any more. @param key `<service>:<agent>:<request>` */
  onRefused(key: string): void;
}

export interface RpcServer {
  /** Gives one raw message of `svc:…`; what does not parse is counted and dropped (rule 17). */
  take(channel: string, text: string): void;
  /** Answers a request with `busy` and why, and does nothing of it. */
  refuse(channel: string, text: string, why: string): void;
  /** Forgets answers that are old enough, gives up what nobody asks for any more; called by a timer. */
  forgetOld(): void;
  /** Gives up all that an agent waits for, unanswered, when it is cut off for asking without end. */
  giveUp(agent: AgentId): void;
  /** Gives up what is worked on. */
  close(): void;
  dropped(): number;
}

/** A request of one instance, read from its channel. */
interface Asked {
  service: Service;
  agent: AgentId;
  inst: InstanceNumber;
  request: ServiceRequest;
  bytes: number;
}

const MOST_OPEN = 2_000;
const MOST_BYTES = 16 * 1024 * 1024;
const LEVELS_OF_A_REPLY = 2;

export function createRpcServer({
  services,
  repliesOf,
  bus,
  journal,
  running,
  clock,
  log,
}: RpcServerOptions): RpcServer {
  const byName = new Map(services.map((service) => [service.name, service]));
  const queues = new Map<string, RequestQueue>();
  let dropped = 0;

  const queueOf = ({ service, agent }: Asked): RequestQueue => {
    const key = `${service.name}:${agent}`;
    const queue = queues.get(key) ?? new RequestQueue({ atOnce: service.perAgent, open: MOST_OPEN, bytes: MOST_BYTES });
    queues.set(key, queue);
    return queue;
  };
  const sayTo =
    ({ agent, service }: Asked) =>
    (inst: InstanceNumber, answer: ServiceAnswer) => {
      bus.publish(repliesOf(service.name, agent, inst), answer).catch((error) => {
        log.debug('an answer was not heard; it will be asked for again', { agent, inst, id: answer.id, error });
      });
    };
  const sayBusy = (asked: Asked, message: string) => {
    const { id } = asked.request;
    sayTo(asked)(asked.inst, { type: 'reply', id, run: '', seq: 0, ok: false, error: { code: 'busy', message } });
  };
  const start = (asked: Asked, request: Extract<ServiceRequest, { type: 'request' }>, queue: RequestQueue) => {
    const { inst, service, bytes } = asked;
    const say = sayTo(asked);
    if (!queue.hasRoomFor(bytes)) {
      return sayBusy(asked, `too much was asked of ${service.name} at once: ${MOST_OPEN} requests or 16 MiB may wait`);
    }
    const execution = new OpenRequest(request.id, say);
    execution.heardAt = clock.now();
    execution.join(inst, null);
    const work = async () => execution.end(await outcomeOf(asked, { execution, request, journal, running, log }));
    queue.take(execution, bytes, { work, now: clock.now });
  };
  const onAsked = (asked: Asked) => {
    const { request, inst } = asked;
    const queue = queueOf(asked);
    const known = queue.find(request.id);
    if (request.type === 'cancel') {
      if (known && !known.outcome && !known.leave(inst))
        known.controller.abort(new HairemError('cancelled', 'given up'));
    } else if (known && !isWorthAnother(known, inst)) {
      known.heardAt = clock.now();
      known.join(inst, request.have);
    } else {
      if (known) queue.forget(request.id);
      start(asked, request, queue);
    }
  };
  return {
    take(channel, text) {
      const asked = read(channel, text, byName);
      if (asked) onAsked(asked);
      else dropped += 1;
    },
    refuse(channel, text, why) {
      const asked = read(channel, text, byName);
      if (asked?.request.type === 'request') sayBusy(asked, why);
      dropped += 1;
    },
    forgetOld() {
      for (const [key, queue] of queues) if (queue.forgetOld(clock.now())) queues.delete(key);
    },
    giveUp(agent) {
      const why = new HairemError('cancelled', `${agent} is cut off`);
      for (const { name } of services) queues.get(`${name}:${agent}`)?.giveUp(why);
    },
    close() {
      for (const queue of queues.values()) queue.abortAll(new HairemError('cancelled', 'the services process ends'));
    },
    dropped: () => dropped,
  };
}

/** An error is the answer to those who were waiting; another instance that asks later had better be served anew. */
function isWorthAnother(known: OpenRequest, inst: InstanceNumber): boolean {
  return known.outcome?.ok === false && !known.hasAsked(inst);
}

/** Exactly four parts: the ACL lets an instance publish on its own name alone (BUS.md, Channels). */
function read(channel: string, text: string, services: ReadonlyMap<string, Service>): Asked | null {
  const [kind, name = '', agent, number, more] = channel.split(':');
  const inst = Number(number);
  const service = services.get(name);
  if (kind !== 'svc' || !agent || !Number.isSafeInteger(inst) || more !== undefined || !service) return null;
  // The orchestrator hands over what agents said, inside of its own levels.
  const readText = service.keepsIntegers ? readExactJson : readJson;
  const value = readText(text, agent === 'orchestrator' ? DEEPEST_CARRIED : DEEPEST);
  const request = serviceRequest.safeParse(value);
  return request.success ? { service, agent, inst, request: request.data, bytes: text.length } : null;
}

interface Work {
  execution: OpenRequest;
  request: Extract<ServiceRequest, { type: 'request' }>;
  journal: Journal;
  running: Tried | undefined;
  log: Log;
}

/** Never rejects: what goes wrong is the answer. */
async function outcomeOf(
  { service, agent, inst }: Asked,
  { execution, request, journal, running, log }: Work,
): Promise<Outcome> {
  const { id, op, args } = request;
  try {
    const operation = Object.hasOwn(service.operations, op) ? service.operations[op] : undefined;
    if (!operation) throw unknownOperation(service, op);
    const { signal } = execution.controller;
    signal.throwIfAborted();
    const emit = (data: unknown) => execution.emit(data);
    const call = { agent, inst, id, signal, emit, restart: () => execution.restart() };
    const run = async () => (await operation.run(args, call)) ?? null;
    const result = await once(run, { operation, journal, running, key: `${service.name}:${agent}:${id}` });
    const bytes = Buffer.byteLength(writeJson(result, DEEPEST_CARRIED - LEVELS_OF_A_REPLY));
    if (bytes > LARGEST_RESULT_BYTES) throw tooLarge(bytes);
    return { ok: true, result };
  } catch (thrown) {
    const { code, message } = asHairemError(thrown);
    if (code !== 'internal') return { ok: false, error: { code, message } };
    log.error('a request failed', { service: service.name, op, agent, inst, error: thrown });
    return { ok: false, error: { code, message: `the ${service.name} service failed; its log says how` } };
  }
}

interface Once {
  operation: Operation;
  journal: Journal;
  running: Tried | undefined;
  key: string;
}

async function once(run: () => Promise<unknown>, { operation, journal, running, key }: Once): Promise<unknown> {
  if (!operation.journal) return tried(run, running, key);
  const kept = await journal.find(key);
  if (kept) return kept.result;
  return tried(
    async () => {
      const result = await run();
      await journal.keep(key, result);
      return result;
    },
    running,
    key,
  );
}

/** What ended this process again and again is not run again. */
async function tried(run: () => Promise<unknown>, running: Tried | undefined, key: string): Promise<unknown> {
  if (!running) return run();
  if (running.log.deathsOf(key) >= MOST_WEIGHT) {
    running.onRefused(key);
    throw new HairemError('refused', 'the services process ended each time it ran this; it is not run again');
  }
  running.log.begin(key);
  try {
    return await run();
  } finally {
    running.log.end(key);
  }
}

function unknownOperation(service: Service, op: string): HairemError {
  const known = Object.keys(service.operations).join(', ');
  return new HairemError('bad_request', `${service.name} has no operation ${op}; it has ${known}`);
}

function tooLarge(bytes: number): HairemError {
  return new HairemError('too_large', `the answer has ${bytes} bytes and a message may have 1 MiB: ask for less`);
}
