/** What the API may ask: it records an intent and wakes the loop; messages go over the bus as `user`. Never the engine. */
import { randomUUID } from 'node:crypto';
import { createListeners } from '../../async/listeners.ts';
import type { AgentId } from '../../domain/agent.ts';
import { type Behind, problemText } from '../../domain/behind.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { CrewControl, Intent } from '../../domain/ports/agents-control.ts';
import type { Bus, ContainerHost, LogLine } from '../../domain/ports/ports.ts';
import type { StoredIntent } from '../../domain/stored-agent.ts';
import { readHeldJson } from '../../domain/text/json-text.ts';
import { renderBehind, renderStep } from '../../plan/render-plan.ts';
import type { Planned } from '../../plan/step.ts';
import type { RolloutDeps } from '../../rollout/deps.ts';
import type { Actor } from '../agent-worker.ts';
import { NO_RETRY } from '../retry.ts';
import { type Allowing, allow, allowanceOf } from './approve.ts';
import type { BuildLog } from './build-log.ts';

export interface ControlDeps {
  swap: RolloutDeps;
  bus: Bus;
  host: ContainerHost;
  actors: ReadonlyMap<AgentId, Actor>;
  buildLog: BuildLog;
  allowing: Allowing;
  preview(id: AgentId): Promise<{ step: Planned | null; behind: Behind | null }>;
  /** Why a message to it would be heard by nobody; null where it is heard. */
  whyUndelivered(id: AgentId, isAwaited: boolean): HairemError | null;
  /** Why nobody will answer what it was told before this happened; null where somebody may. */
  whyLost: CrewControl['whyLost'];
  removeAll(): Promise<void>;
}

export function createCrewControl(deps: ControlDeps): CrewControl {
  const { swap, actors } = deps;
  const find = (id: AgentId): Actor => {
    const actor = actors.get(id);
    if (!actor) throw new HairemError('not_found', `there is no agent ${id}`);
    return actor;
  };
  const letters = createLetters(deps);

  return {
    async intend(id, intent, because) {
      const actor = find(id);
      await record(deps, actor, { intent, because });
      forgive(actor);
      swap.wake();
    },
    async setActive(id, active) {
      const actor = find(id);
      const manifestHash = actor.desired?.kind === 'valid' ? actor.desired.version.hash : null;
      await keep(deps, actor, active ? { kind: 'run' } : { kind: 'disabled', manifestHash });
      if (!active && actor.session.members.size === 0)
        swap.emit(id, { type: 'disabled', because: 'switched off by a user' });
      forgive(actor);
      swap.wake();
    },
    allowance: async (id) => allowanceOf(find(id), deps.allowing),
    async allow(id, hash) {
      allow(find(id), hash, deps.allowing);
      swap.wake();
    },
    async plan(id) {
      const actor = find(id);
      const { step, behind } = await deps.preview(id);
      const now = actor.running ? `now: ${renderStep(actor.running.step)}\n` : '';
      const why = behind && step?.kind !== 'block' ? `${id}: ${renderBehind(behind)}\n` : '';
      return `${now}${why}${step ? renderStep(step) : `${id}: nothing to do`}\n`;
    },
    async *logs(id, { tail, follow, since, signal }) {
      const { owner, members } = find(id).session;
      const member = owner ?? [...members.values()].at(-1);
      if (tail > 0) yield* problemsOf(find(id)).slice(0, tail);
      if (tail > 0) yield* deps.buildLog.linesOf(id).slice(-tail);
      if (!member?.containerId) return;
      const options = { tail, follow, signal, ...(since === undefined ? {} : { since }) };
      yield* deps.host.logs(member.containerId, options);
    },
    async send(id, message, waitMs) {
      const unheard = deps.whyUndelivered(find(id).id, waitMs !== null);
      if (unheard) throw unheard;
      return letters.send(id, message, waitMs);
    },
    whyLost: deps.whyLost,
    onUserMessage: letters.listen,
    removeAll: () => deps.removeAll(),
  };
}

/** What is wrong with its folder, as a build would say it: where nothing is built there is no other log of it. */
function problemsOf({ desired }: Actor): LogLine[] {
  const problems = desired?.kind === 'invalid' ? desired.problems : [];
  return problems.map((one) => ({ at: null, stream: 'build', text: `${one.severity}: ${problemText(one)}` }));
}

/** A person's word ends every wait. */
function forgive(actor: Actor): void {
  actor.retry = NO_RETRY;
  if (actor.held) actor.held.until = 0;
}

async function record(
  deps: ControlDeps,
  actor: Actor,
  { intent, because }: { intent: Intent; because: string | undefined },
): Promise<void> {
  const { stored, members } = actor.session;
  switch (intent) {
    case 'reload':
    case 'restart':
      actor.request = intent;
      return keep(
        deps,
        actor,
        stored.intent.kind === 'rollback' && intent === 'restart' ? stored.intent : { kind: 'run' },
      );
    case 'start':
      return keep(deps, actor, { kind: 'run' });
    case 'stop':
      await keep(deps, actor, because === undefined ? { kind: 'stopped' } : { kind: 'stopped', because });
      if (members.size === 0) deps.swap.emit(actor.id, { type: 'stopped', because: because ?? 'stopped by a user' });
      return;
    case 'rollback':
      return keep(deps, actor, rollbackOf(actor));
  }
}

/** Back to the version that was good before the one that runs; it holds until the bundle changes. */
function rollbackOf(actor: Actor): StoredIntent {
  const { lastGood, running } = actor.session.stored;
  const desired = actor.desired?.kind === 'valid' ? actor.desired.version.hash : (running?.hash ?? '');
  if (!lastGood || lastGood.hash === running?.hash) {
    throw new HairemError('conflict', `${actor.id} has no earlier version to go back to`);
  }
  return { kind: 'rollback', from: desired, to: lastGood };
}

async function keep({ swap }: ControlDeps, { session }: Actor, intent: StoredIntent): Promise<void> {
  session.stored = { ...session.stored, intent };
  await swap.save(session);
}

/** Said while an answer is being made: not what somebody waits for. */
const ON_THE_WAY: ReadonlySet<string> = new Set(['agent.speaking', 'narrative.chunk']);

/** Messages to and from `user`, and the replies that someone waits for. */
function createLetters({ bus, swap }: ControlDeps) {
  const listeners = createListeners<[message: unknown]>('messages to people', (error, about) =>
    swap.onError(about, error),
  );
  const waiting = new Map<string, (reply: unknown) => void>();

  bus.onMessage((channel, text) => {
    if (!channel.startsWith('agent:user:') && !channel.startsWith('broadcast:')) return;
    const message = parse(text);
    // The channel's last part is who Redis let speak; what says another name is no message (BUS.md, Channels).
    const speaker = channel.split(':').at(-1) ?? '';
    if (!message) return;
    if (message.sender?.agent_id !== speaker)
      return swap.report(speaker, 'forged', 'it said something in the name of another sender');
    const cause = ON_THE_WAY.has(message.type ?? '') ? null : message.metadata?.correlation_id;
    if (cause && channel.startsWith('agent:user:')) waiting.get(cause)?.(message);
    listeners.tell(message);
  });

  return {
    listen: listeners.add,
    async send(id: AgentId, message: { type: string; payload: Record<string, unknown> }, waitMs: number | null) {
      const envelope = fromUser(id, message, swap.clock.timestamp());
      const reply = waitMs === null ? null : awaitReply(envelope.id, waitMs);
      reply?.catch(() => {}); // nobody awaits it when the publish fails
      await bus.publish(`agent:${id}:user`, envelope);
      return { id: envelope.id, reply: await reply };
    },
  };

  function awaitReply(cause: string, ms: number): Promise<unknown> {
    const over = new AbortController();
    const heard = new Promise<unknown>((resolve) => waiting.set(cause, resolve));
    const late = swap.clock.sleep(ms, over.signal).then(
      () => Promise.reject(new HairemError('timeout', `no reply in ${ms / 1000} s`)),
      () => new Promise<never>(() => {}),
    );
    return Promise.race([heard, late]).finally(() => {
      waiting.delete(cause);
      over.abort();
    });
  }
}

function fromUser(
  id: AgentId,
  { type, payload }: { type: string; payload: Record<string, unknown> },
  timestamp: string,
) {
  return {
    id: randomUUID(),
    timestamp,
    type,
    sender: { agent_id: 'user', role: 'user' },
    recipient: { target: id, room: null },
    payload,
    metadata: { priority: 'normal', correlation_id: null, ttl: 5, chain: [], redelivered: false },
  };
}

interface Letter {
  type?: string;
  sender?: { agent_id?: string };
  metadata?: { correlation_id?: string | null };
}

function parse(text: string): Letter | null {
  const message = readHeldJson(text);
  return typeof message === 'object' && message !== null ? message : null;
}
