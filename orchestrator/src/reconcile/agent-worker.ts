/** The one writer of one agent: applies its next step, one at a time, and turns what fails into data. */
import type { AgentId } from '../domain/agent.ts';
import type { DesiredAgent } from '../domain/desired.ts';
import { asHairemError, type HairemError, type HairemError as OurError } from '../domain/errors/errors.ts';
import { NEW_STORED_AGENT, type StoredAgent } from '../domain/stored-agent.ts';
import type { Step } from '../plan/step.ts';
import { type Applying, applyStep } from '../rollout/apply-step.ts';
import type { RolloutDeps } from '../rollout/deps.ts';
import { forgetAll } from '../rollout/failover.ts';
import { newSession, type Session } from '../rollout/session.ts';
import { finishUpdate, openUpdate } from '../rollout/update-report.ts';
import { afterCrash, afterFailure, NO_RETRY, type Retry } from './retry.ts';

export interface Actor {
  readonly id: AgentId;
  readonly session: Session;
  desired: DesiredAgent | null;
  /** What was last said of the folder, so that it is said once. */
  said: string | null;
  /** What was last said of its secrets, and why it is blocked. */
  saidSecrets: string | null;
  saidBlocked: string | null;
  /** What was last said of a version that waits for a person's word. */
  saidHold: string | null;
  /** What was last said of why another version runs than the folder asks for. */
  saidBehind: string | null;
  /** Since when its files do not come to rest (monotonic); null when they have. */
  settlingSince: number | null;
  /** What was last said of what it needs and nobody has. */
  saidNeeds: string | null;
  goneSince: number | null;
  seenAt: number | null;
  request: 'reload' | 'restart' | null;
  retry: Retry;
  /** It harmed others: how often, and until when it may not come back (monotonic). */
  held: { times: number; at: number; until: number } | null;
  activeSince: number;
  running: { step: Step; abort: AbortController; done: Promise<void> } | null;
}

export function newActor(id: AgentId, stored: StoredAgent = NEW_STORED_AGENT): Actor {
  return {
    id,
    session: newSession(id, stored),
    desired: null,
    said: null,
    saidSecrets: null,
    saidBlocked: null,
    saidHold: null,
    saidBehind: null,
    settlingSince: null,
    saidNeeds: null,
    goneSince: null,
    seenAt: null,
    request: null,
    retry: NO_RETRY,
    held: null,
    activeSince: 0,
    running: null,
  };
}

export interface ActorDeps extends Pick<Applying, 'build' | 'versions'> {
  swap: RolloutDeps;
  backoffBaseMs: number;
  /** Logs the step before it is applied. */
  onStep(step: Step): void;
}

type Of<K extends Step['kind']> = Extract<Step, { kind: K }>;

const AGAIN_MS = 250;
/** Steps that fulfil a user's one-time request, and try a condemned version again. */
const FULFILS: readonly Step['kind'][] = ['start', 'swap', 'replace', 'configure'];

/** Steps that bring the agent nearer to what its folder asks for. */
const BRINGS: readonly Step['kind'][] = ['build', ...FULFILS];

/** Begins a step; the actor must be idle. What it rejects with becomes an event and a time to try again. */
export function begin(actor: Actor, step: Step, deps: ActorDeps): void {
  const abort = new AbortController();
  const { swap, build, versions } = deps;
  const { session } = actor;
  const epochs = step.kind === 'build' ? 0 : 1; // a build changes no member
  session.epoch += epochs;
  if (FULFILS.includes(step.kind)) fulfil(actor, swap.clock.now());
  deps.onStep(step);
  const seenAt = actor.seenAt ?? swap.clock.now();
  const done = applyStep(step, { deps: swap, session, signal: abort.signal, seenAt, build, versions })
    .then(
      () => succeed(actor, step, deps),
      (error) => fail(actor, { step, error: asHairemError(error), deps }),
    )
    .finally(() => {
      actor.running = null;
      session.epoch += epochs;
      swap.wake();
    });
  actor.running = { step, abort, done };
}

function fulfil(actor: Actor, now: number): void {
  const { stored } = actor.session;
  actor.session.hurrySince = actor.request === 'restart' ? now : null;
  if (actor.request && stored.condemned) actor.session.stored = { ...stored, condemned: null };
  actor.request = null;
}

function succeed(actor: Actor, step: Step, { swap }: ActorDeps): void {
  if (step.kind === 'build') actor.retry = { ...actor.retry, because: null };
  if (!FULFILS.includes(step.kind)) return;
  actor.seenAt = null;
  actor.activeSince = swap.clock.now();
  if (step.kind !== 'configure' && actor.session.refusedHash === null) actor.retry = NO_RETRY;
}

function fail(actor: Actor, { step, error, deps }: { step: Step; error: HairemError; deps: ActorDeps }): void {
  const { swap, backoffBaseMs } = deps;
  const now = swap.clock.now();
  const seenAt = actor.seenAt ?? now;
  actor.seenAt = null;
  if (error.code === 'conflict') {
    actor.retry = { ...actor.retry, notBefore: now + AGAIN_MS };
    return;
  }
  // What is true now is found out by asking again.
  const inDoubt = error.code === 'bus_unavailable' || error.code === 'engine_unavailable';
  if ((inDoubt && step.kind !== 'build') || step.kind === 'adopt') forgetAll(actor.session);
  if (inDoubt) {
    actor.retry = { ...actor.retry, notBefore: now + 4 * AGAIN_MS };
    return;
  }
  if (error.code === 'internal') swap.onError(`${step.kind} of ${actor.id}`, error);
  const because = BRINGS.includes(step.kind) ? `${step.kind} failed: ${error.message}` : actor.retry.because;
  actor.retry = afterFailure(actor.retry, { now, baseMs: backoffBaseMs, because });
  if (step.kind === 'build') noteFailedBuild(actor.session, { step, error, swap, seenAt });
  report(actor, { step, error, swap, now });
}

/** A build is part of an update that never came to a candidate: the record says why, with the last lines. */
function noteFailedBuild(
  session: Session,
  { step, error, swap, seenAt }: { step: Of<'build'>; error: HairemError; swap: RolloutDeps; seenAt: number },
): void {
  const { version, because } = step;
  const running = session.owner?.version ?? null;
  const lane = running === null ? 'start' : running.depsHash === version.depsHash ? 'code' : 'deps';
  openUpdate(swap, session, { lane, because, version, seenAt });
  finishUpdate(swap, session, { result: 'failed', error });
}

function report(
  actor: Actor,
  { step, error, swap, now }: { step: Step; error: HairemError; swap: RolloutDeps; now: number },
): void {
  const { code, message, log } = error;
  const because = `${step.kind} failed: ${message}`;
  if (!actor.session.owner) swap.emit(actor.id, { type: 'failed', because, code, log });
  const retryAt = Date.parse(swap.clock.timestamp()) + (actor.retry.notBefore ?? now) - now;
  const { tries } = actor.retry;
  swap.emit(actor.id, { type: 'backoff', because, code, tries, retry_at: new Date(retryAt).toISOString() });
}

/** An instance ended with nobody to take over: when the next may start. */
export function recordCrash(actor: Actor, { now, baseMs }: { now: number; baseMs: number }): void {
  actor.retry = afterCrash(actor.retry, { now, baseMs, ranMs: now - actor.activeSince });
}

/** The first moment at which it may be started, monotonic; null for at once. */
export function notBeforeOf({ retry, held, session }: Pick<Actor, 'retry' | 'held' | 'session'>): number | null {
  if (!held || session.owner) return retry.notBefore;
  return Math.max(held.until, retry.notBefore ?? held.until);
}

/** Ends what is under way; resolves when it has ended. */
export async function interrupt(actor: Actor, error: OurError): Promise<void> {
  actor.running?.abort.abort(error);
  await actor.running?.done;
}

/** A volume of its own, as it runs or as its folder asks for. */
export function hasStorage({ desired, session }: Actor): boolean {
  const wanted = desired?.kind === 'valid' && desired.version.spec.storage;
  return wanted || session.stored.running?.spec.storage === true;
}
