/**
 * After the orchestrator was away (rule 16): asks the running instances who they are, lets the highest term
 * go on, finds an successor where nobody acts, and removes what is left over.
 */
import { randomUUID } from 'node:crypto';
import { userOf } from '../domain/agent.ts';
import type { ObservedContainer } from '../domain/observation.ts';
import type { Version } from '../domain/version.ts';
import { adoptFrom, cutTo } from './cutover.ts';
import { control, type RolloutDeps } from './deps.ts';
import { discard, dismiss, grantUser } from './instances/launch.ts';
import type { StatusOf } from './instances/status-inbox.ts';
import { recordOwner } from './record-owner.ts';
import { type Member, newMember, type Session } from './session.ts';

/** An instance that lost its connection tries again for so long: jittered waits of up to 2 s, and the time to connect. */
const WHOIS_MS = 12_000;
const ASK_AGAIN_MS = 500;
const OTHERS_MS = 2_000;

interface Answer {
  member: Member;
  said: StatusOf<'whois'>;
}

/** @param versions what is known of versions, to recognise the one that an instance runs */
export async function adopt(
  deps: RolloutDeps,
  {
    session,
    containers,
    versions,
    signal,
  }: { session: Session; containers: readonly ObservedContainer[]; versions: readonly Version[]; signal: AbortSignal },
): Promise<void> {
  const members = containers.map((container) => enter(deps, { session, container, versions }));
  await letIn(deps, members);
  const answers = await ask(deps, { session, members, signal });
  const terms = answers.map(({ said }) => said.term);
  session.stored = { ...session.stored, term: Math.max(session.stored.term, ...terms) };
  const acting = answers.filter(({ said }) => said.state === 'ACTIVE').sort((a, b) => b.said.term - a.said.term)[0];
  if (acting) await goOn(deps, { session, acting });
  else await findHeir(deps, { session, answers, members });
  await settle(deps, { session, answers, members });
  if (acting?.said.window && session.members.size === 1) {
    // Whoever took part in its window is gone without a trace: it may reconnect again.
    await control(deps, session.agent, { type: 'retire', inst: 0, window: 'closed' });
  }
  deps.wake();
}

function enter(
  deps: RolloutDeps,
  { session, container, versions }: { session: Session; container: ObservedContainer; versions: readonly Version[] },
): Member {
  const { inst } = container;
  const member = newMember(deps.clock.now(), {
    agent: session.agent,
    inst,
    user: userOf(session.agent, inst),
    containerId: container.id,
    containerName: container.name,
    image: container.image,
    startedAt: container.startedAt,
    version: versions.find((v) => v.hash === container.bundleHash) ?? null,
    hash: container.bundleHash,
    imageHash: container.imageHash,
    specHash: container.specHash,
    secretsHash: container.secretsHash,
    passwordSha256: container.credSha256,
    state: 'CREATED',
  });
  session.members.set(inst, member);
  session.stored = { ...session.stored, lastInst: Math.max(session.stored.lastInst, inst) };
  return member;
}

/** Users first: a Redis that came back empty has none (labels hold the hash of each password). */
async function letIn(deps: RolloutDeps, members: readonly Member[]): Promise<void> {
  const users = new Set(await deps.bus.listUsers());
  for (const member of members) if (!users.has(member.user)) await grantUser(deps, member);
}

async function ask(
  deps: RolloutDeps,
  { session, members, signal }: { session: Session; members: readonly Member[]; signal: AbortSignal },
): Promise<Answer[]> {
  const nonce = randomUUID();
  const { agent } = session;
  const enough = new AbortController();
  const answers = members.map((member) =>
    deps.statusInbox
      .hear({
        agent,
        inst: member.inst,
        type: 'whois',
        matches: (m) => m.nonce === nonce,
        deadlineMs: WHOIS_MS,
        signal: AbortSignal.any([signal, member.gone.signal, enough.signal]),
      })
      .then(
        (said) => {
          if (said.state === 'ACTIVE') endSoon(deps, enough);
          return { member, said };
        },
        () => null,
      ),
  );
  const all = Promise.all(answers);
  const over = new AbortController();
  all.finally(() => over.abort());
  // Asked again and again: who is just connecting again has not heard the first time.
  while (!over.signal.aborted) {
    await control(deps, agent, { type: 'whois', nonce });
    await deps.clock.sleep(ASK_AGAIN_MS, over.signal).catch(() => {});
  }
  const heard = (await all).filter((answer) => answer !== null);
  for (const { member, said } of heard) {
    member.conn = said.conn;
    member.state = said.state;
    member.hash = said.hash ?? member.hash;
  }
  return heard;
}

/** Once somebody acts, nobody waits long for those who do not answer. */
function endSoon({ clock }: RolloutDeps, enough: AbortController): void {
  void clock.sleep(OTHERS_MS).then(() => enough.abort());
}

/** The one with the highest term goes on, and is told so in case it waits for it. */
async function goOn(deps: RolloutDeps, { session, acting }: { session: Session; acting: Answer }): Promise<void> {
  const { member, said } = acting;
  member.role = 'owner';
  member.complete = true;
  session.owner = member;
  await recordOwner(deps, session, member);
  await control(deps, session.agent, { type: 'resume', inst: member.inst, term: said.term, owner: member.inst });
}

/** Nobody acts: the most complete follower takes over, with what the dead owner had not finished. */
async function findHeir(
  deps: RolloutDeps,
  { session, answers, members }: { session: Session; answers: readonly Answer[]; members: readonly Member[] },
): Promise<void> {
  const rank = ['DRAINING', 'SPARE', 'STANDBY'];
  const heirs = answers.filter(({ said }) => rank.includes(said.state));
  const [successor] = heirs.sort((a, b) => rank.indexOf(a.said.state) - rank.indexOf(b.said.state));
  if (!successor) return;
  const { owner } = successor.said;
  const dead = members.find((m) => m.inst === owner) ?? null;
  successor.member.complete = true;
  const ghost = dead ?? ghostOf(session, successor.member, owner);
  if (dead) dead.gone.abort(new Error('it did not answer'));
  const ms = await cutTo(deps, session, successor.member, ghost ? [ghost] : []).active;
  await recordOwner(deps, session, successor.member);
  deps.emit(session.agent, {
    type: 'warning',
    key: 'adopted',
    message: `instance ${successor.member.inst} took over in ${Math.round(ms)} ms`,
  });
}

/** The dead owner whose container is gone: its number is enough to fence it and to take its entries. */
function ghostOf(session: Session, successor: Member, owner: number | null): Member | null {
  if (owner === null || owner === successor.inst) return null;
  return {
    ...successor,
    inst: owner,
    user: userOf(session.agent, owner),
    containerId: '',
    gone: new AbortController(),
  };
}

/** One that was handing over may end it and be the spare; all others go. */
async function settle(
  deps: RolloutDeps,
  { session, answers, members }: { session: Session; answers: readonly Answer[]; members: readonly Member[] },
): Promise<void> {
  const stateOf = new Map(answers.map(({ member, said }) => [member, said.state]));
  for (const member of members) {
    if (member === session.owner || !session.members.has(member.inst)) continue;
    const state = stateOf.get(member);
    if (session.owner && state === 'SPARE' && !session.spare) await becomeSpare(deps, session, member);
    else if (session.owner && state === 'DRAINING') await endDraining(deps, session, member);
    else await discard(deps, session, member);
  }
}

async function becomeSpare(deps: RolloutDeps, session: Session, member: Member): Promise<void> {
  member.role = 'spare';
  member.complete = true;
  session.spare = member;
  const seconds = session.owner?.version?.update.monitor_seconds ?? 30;
  session.windowEnds = deps.clock.now() + seconds * 1000;
}

async function endDraining(deps: RolloutDeps, session: Session, member: Member): Promise<void> {
  const { agent } = session;
  const { inst } = member;
  member.role = 'draining';
  member.complete = true;
  const drainMs = (member.version?.update.drain_seconds ?? 30) * 1000;
  const signal = member.gone.signal;
  // It may have said `drained` before we listened: its next answer tells.
  const drained = deps.statusInbox.hear({ agent, inst, type: 'drained', deadlineMs: drainMs, signal });
  const spare = deps.statusInbox.hear({
    agent,
    inst,
    type: 'heartbeat',
    matches: (m) => m.state === 'SPARE',
    deadlineMs: drainMs,
    signal,
  });
  const done = await Promise.race([drained, spare]).then(
    () => true,
    () => false,
  );
  if (done) return becomeSpare(deps, session, member);
  if (signal.aborted) return; // `failOver` has dealt with it
  await adoptFrom(deps, session, member, { fence: true });
  await dismiss(deps, session, member, 'retire', 0);
}
