/** From `hello` to verified: welcome, mark, `prepared`, STANDBY, and the checks of rule 5. Nobody is cut to before. */
import { randomUUID } from 'node:crypto';
import { HairemError } from '../domain/errors/errors.ts';
import type { Welcome } from '../domain/messages/control.ts';
import { orchestratorReplies, SPEAKING_SERVICES } from '../domain/messages/service-call.ts';
import type { Version } from '../domain/version.ts';
import { awaitHandlers } from './await-handlers.ts';
import { control, type RolloutDeps, recordState } from './deps.ts';
import type { Member, Session } from './session.ts';

const CHECK_MS = 5_000;
/** `ctl:<id>`, `re:<id>:<inst>` and one more for each service that answers; inbox, broadcasts and `st:<id>:*`. */
const SUBSCRIPTIONS = { sub: 2 + SPEAKING_SERVICES.length, psub: 3 };
const NANO = 1e9;

/** @param owner who the mark names: the active one, or the member itself when nobody is alive (rule 3) */
export async function verify(
  deps: RolloutDeps,
  {
    session,
    member,
    version,
    owner,
    signal,
  }: { session: Session; member: Member; version: Version; owner: Member; signal: AbortSignal },
): Promise<void> {
  const both = AbortSignal.any([signal, member.gone.signal]);
  const about = { agent: session.agent, inst: member.inst, signal: both };
  const prepared = deps.statusInbox.hear({
    ...about,
    type: 'prepared',
    deadlineMs: version.update.ready_seconds * 1000,
  });
  const standby = deps.statusInbox.hear({ ...about, type: 'standby', deadlineMs: null });
  await welcome(deps, member, version);
  owner.worksSince = deps.clock.now(); // what it says of its work from the mark on, counts
  await control(deps, session.agent, { type: 'mark', id: randomUUID(), owner: owner.inst });
  // An image of an earlier hAIrem, as a rollback may bring it back, says `standby` alone.
  await Promise.race([prepared, standby]).catch((error) => {
    throw error.code === 'not_ready' ? tooSlow(member, version) : error;
  });
  deps.reached('prepared');
  limitCpu(deps, member, version);
  await awaitHandlers(deps, { session, owner, standby, signal: both });
  member.complete = true;
  recordState(deps, member, 'STANDBY');
  await checkConnection(deps, member);
  await checkInbox(deps, member, both);
  await deps.clock.sleep(version.update.min_healthy_seconds * 1000, both);
  await control(deps, session.agent, { type: 'verified', inst: member.inst });
  deps.reached('verified');
}

/** Only now, when its start is over: under the limit that takes a third longer. Nobody waits for it. */
function limitCpu(deps: RolloutDeps, { containerId, user }: Member, { spec }: Version): void {
  deps.host
    .limitCpu(containerId, Math.round(spec.cpus * NANO))
    .catch((error) => deps.onError(`limiting the CPU of ${user}`, error));
}

function tooSlow({ inst }: Member, { update }: Version): HairemError {
  const reason = 'loading its code, its setup() or its self test takes longer (update.ready_seconds)';
  return new HairemError('not_ready', `instance ${inst} was not ready in ${update.ready_seconds} s: ${reason}`);
}

/** The only place where values leave this process: the instance's own channel, after it has connected. */
async function welcome(deps: RolloutDeps, member: Member, version: Version): Promise<void> {
  const { agent, inst } = member;
  const { values, hash, missing } = deps.secretsOf(version);
  if (missing.length > 0) throw new HairemError('conflict', missing.join('; '));
  member.secretsHash = hash;
  const message: Welcome = {
    type: 'welcome',
    id: agent,
    inst,
    hash: version.hash,
    soft: version.soft,
    secrets: { ...values },
    drain_seconds: version.update.drain_seconds,
  };
  await deps.bus.publish(orchestratorReplies(agent, inst), message);
}

/** Exactly one connection of this user, with exactly the expected subscriptions. */
async function checkConnection(deps: RolloutDeps, member: Member): Promise<void> {
  const connections = await deps.bus.connectionsOf(member.user);
  const [only, ...more] = connections;
  if (only && more.length === 0 && only.sub === SUBSCRIPTIONS.sub && only.psub === SUBSCRIPTIONS.psub) return;
  const seen = connections.map(({ sub, psub }) => `${sub}+${psub}`).join(', ') || 'none';
  const { sub, psub } = SUBSCRIPTIONS;
  const wanted = `one connection with ${sub}+${psub} subscriptions`;
  throw new HairemError('not_ready', `${member.user} should have ${wanted}, has ${seen}`);
}

/** A nonce through the inbox itself comes back: what peers send arrives. */
async function checkInbox(deps: RolloutDeps, { agent, inst }: Member, signal: AbortSignal): Promise<void> {
  const nonce = randomUUID();
  const echo = deps.statusInbox.hear({
    agent,
    inst,
    type: 'echo',
    matches: (m) => m.nonce === nonce,
    deadlineMs: CHECK_MS,
    signal,
  });
  await deps.bus.publish(`agent:${agent}:orchestrator`, {
    id: nonce,
    timestamp: deps.clock.timestamp(),
    type: 'system.log',
    sender: { agent_id: 'orchestrator', role: 'system' },
    recipient: { target: agent, room: null },
    payload: { nonce },
    metadata: { priority: 'system', correlation_id: null, ttl: 1, chain: [], redelivered: false },
  });
  await echo;
}
