/** Starts one instance: its number, its Redis user, its container; up to its `hello`. And takes it away again. */
import { createHash, randomBytes } from 'node:crypto';
import { userOf } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import { containerName } from '../../domain/labels.ts';
import type { Version } from '../../domain/version.ts';
import { control, type RolloutDeps, recordState } from '../deps.ts';
import { type Member, newMember, othersOf, type Session } from '../session.ts';
import { containerRequest } from './container-spec.ts';
import type { StatusOf } from './status-inbox.ts';

const LOG_LINES = 20;
const LEAVE_MS = 5_000;

export interface Launch {
  session: Session;
  version: Version;
  signal: AbortSignal;
}

/** A member with a number and a user, not yet a container; known to the session from here on. */
function enlist(deps: RolloutDeps, { session, version }: Launch, password: string): Member {
  const inst = session.stored.lastInst + 1;
  session.stored = { ...session.stored, lastInst: inst };
  const { agent } = session;
  const member = newMember(deps.clock.now(), {
    agent,
    inst,
    user: userOf(agent, inst),
    containerId: '',
    containerName: containerName(deps.installId, agent, inst),
    image: '',
    startedAt: null,
    version,
    hash: version.hash,
    imageHash: version.imageHash,
    specHash: version.specHash,
    secretsHash: deps.secretsOf(version).hash,
    passwordSha256: createHash('sha256').update(password).digest('hex'),
    state: 'GONE',
  });
  session.members.set(inst, member);
  return member;
}

/** User, container, start, `hello`. Rejects with instance_died, not_ready or an engine's error; then `discard` it. */
export async function launch(deps: RolloutDeps, options: Launch, onMember: (member: Member) => void): Promise<Member> {
  const { session, version, signal } = options;
  const password = randomBytes(24).toString('base64url');
  const member = enlist(deps, options, password);
  onMember(member);
  await deps.save(session);
  const request = containerRequest({
    version,
    inst: member.inst,
    password,
    controlKey: deps.controlKeyFor(member.agent),
    secretsHash: member.secretsHash,
    installId: deps.installId,
    redisPort: deps.redisPort,
  });
  member.image = request.image;
  await grantUser(deps, member);
  deps.reached('user-made');
  const either = AbortSignal.any([signal, member.gone.signal]);
  const hello = await inSlot(deps, either, async () => {
    if (version.spec.storage) await deps.host.ensureVolume(session.agent);
    member.containerId = await deps.host.createContainer(request);
    recordState(deps, member, 'CREATED');
    return startToHello(deps, { member, signal: either, deadlineMs: version.update.ready_seconds * 1000 });
  });
  heardHello(deps, member, await hello.said);
  return member;
}

/** A place among those who start: given back once it is started, for one that says nothing must not keep others waiting. */
async function inSlot<T>(deps: RolloutDeps, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const release = await deps.slot(signal);
  try {
    return await work();
  } finally {
    release();
  }
}

/** Starts the container of a member. @returns its `hello`, not yet waited for */
export async function startToHello(
  deps: RolloutDeps,
  { member, signal, deadlineMs }: { member: Member; signal: AbortSignal; deadlineMs: number },
): Promise<{ said: Promise<StatusOf<'hello'>> }> {
  const { agent, inst } = member;
  const said = deps.statusInbox.hear({ agent, inst, type: 'hello', deadlineMs, signal });
  await deps.host.startContainer(member.containerId);
  member.startedAt = deps.clock.timestamp();
  return { said };
}

export function heardHello(deps: RolloutDeps, member: Member, hello: StatusOf<'hello'>): void {
  member.conn = hello.conn;
  recordState(deps, member, hello.state);
}

export function grantUser(deps: RolloutDeps, member: Member): Promise<void> {
  const { agent, inst, passwordSha256, version } = member;
  return deps.bus.setUser({ agent, inst, passwordSha256, topics: version?.topics ?? null });
}

/**
 * Takes an instance away for good: its user first, so that it cannot speak any more, then its container.
 * Others hear whether they are alone now. @returns its last log lines
 */
export async function discard(deps: RolloutDeps, session: Session, member: Member): Promise<string[]> {
  member.role = 'leaving';
  member.gone.abort(new HairemError('conflict', `instance ${member.inst} was removed`));
  const window = othersOf(session, member).length > 1 ? 'open' : 'closed';
  await ignoreBus(deps.bus.deleteUser(member.user));
  await ignoreBus(control(deps, session.agent, { type: 'retire', inst: member.inst, window }));
  const log = await lastLines(deps, member);
  if (member.containerId) await deps.host.removeContainer(member.containerId);
  forgetMember(deps, session, member);
  return log;
}

/** Lets an instance go in order: it is told, has time to tear down, then is removed. */
export async function dismiss(
  deps: RolloutDeps,
  session: Session,
  member: Member,
  message: 'retire' | 'stop',
  graceMs = LEAVE_MS,
): Promise<void> {
  member.role = 'leaving';
  const window = othersOf(session, member).length > 1 ? 'open' : 'closed';
  const inst = member.inst;
  const gone = untilGone(deps, member, graceMs);
  await ignoreBus(
    control(deps, session.agent, message === 'stop' ? { type: 'stop', inst } : { type: 'retire', inst, window }),
  );
  await gone;
  await ignoreBus(deps.bus.deleteUser(member.user));
  await deps.host.removeContainer(member.containerId);
  forgetMember(deps, session, member);
}

/** Resolves when the instance has ended, or at the deadline. */
export async function untilGone(deps: RolloutDeps, member: Member, deadlineMs: number): Promise<void> {
  await deps.clock.sleep(deadlineMs, member.gone.signal).catch(() => {});
}

function forgetMember(deps: RolloutDeps, session: Session, member: Member): void {
  session.members.delete(member.inst);
  session.epoch += 1;
  if (session.spare === member) session.spare = null;
  if (session.owner === member) session.owner = null;
  if (!session.spare) session.windowEnds = null;
  recordState(deps, member, 'GONE');
  deps.wake();
}

export async function lastLines(deps: RolloutDeps, member: Member): Promise<string[]> {
  const lines: string[] = [];
  if (!member.containerId) return lines;
  try {
    for await (const line of deps.host.logs(member.containerId, { tail: LOG_LINES, follow: false }))
      lines.push(line.text);
  } catch {
    // a log that cannot be read must not hide what it would explain
  }
  return lines;
}

/** With Redis away its users are away too; the loop removes what is left when it is back. */
async function ignoreBus(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof HairemError) || error.code !== 'bus_unavailable') throw error;
  }
}
