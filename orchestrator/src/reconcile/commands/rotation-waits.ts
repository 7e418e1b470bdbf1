/** Which instances began with a credential that was changed since, whose turn it is, and why one is still there. Pure. */
import type { AgentId, InstanceNumber } from '../../domain/agent.ts';
import type { AgentRecord } from '../../domain/agent-record.ts';
import type { ObservedContainer } from '../../domain/observation.ts';
import type { Rotation } from '../../domain/rotation.ts';
import type { Actor } from '../agent-worker.ts';
import { speakerOf } from '../bus-guard/connection-limits.ts';

type Expired = NonNullable<Rotation['expired']>;
type Actors = ReadonlyMap<AgentId, Pick<Actor, 'running' | 'session'>>;

/** Whatever is there of instances. */
export interface Present {
  actors: Actors;
  /** Redis' users of instances. */
  users: readonly string[];
  containers: readonly Pick<ObservedContainer, 'agent' | 'inst'>[];
}

/** Each has a second instance while it takes over, and for its monitor window: a small host must bear that. */
const AT_ONCE = 4;

/** Of each agent the highest number that was used. */
export function highest({ actors, users, containers }: Present): Expired {
  const expired: Record<AgentId, InstanceNumber> = {};
  const note = (agent: AgentId, inst: InstanceNumber) => {
    expired[agent] = Math.max(expired[agent] ?? 0, inst);
  };
  for (const [id, { session }] of actors) note(id, session.stored.lastInst);
  for (const { agent, inst } of [...containers, ...users.map(speakerOf)].filter((one) => one !== null))
    note(agent, inst ?? 0);
  return expired;
}

/** @returns the instances that have expired and are not gone, as `<agent>.<number>` */
export function stillThere(expired: Expired, { actors, users, containers }: Present): string[] {
  const isOld = (agent: AgentId, inst: InstanceNumber) => inst <= (expired[agent] ?? 0);
  const members = [...actors].flatMap(([id, { session }]) => [...session.members.keys()].map((inst) => ({ id, inst })));
  const found = [
    ...members.filter(({ id, inst }) => isOld(id, inst)).map(({ id, inst }) => `${id}.${inst}`),
    ...users.filter((user) => isOld(speakerOf(user)?.agent ?? '', speakerOf(user)?.inst ?? 1)),
    ...containers.filter(({ agent, inst }) => isOld(agent, inst)).map(({ agent, inst }) => `${agent}.${inst}`),
  ];
  return [...new Set(found)].sort();
}

/** Agents of which an instance has expired and is not gone. */
export const agentsOf = (expired: Expired, actors: Actors): AgentId[] =>
  [...actors.keys()].filter((id) => oldOf(id, expired, actors).length > 0).sort();

/** One that waits for a handler of its own takes nobody's turn. */
export function isTurn(agent: AgentId, expired: Expired, actors: Actors): boolean {
  const others = [...actors].filter(([id, { running, session }]) => {
    if (id === agent || session.waitsForHandlers || oldOf(id, expired, actors).length === 0) return false;
    return running !== null || session.members.size > 1;
  });
  return others.length < AT_ONCE;
}

function oldOf(id: AgentId, expired: Expired, actors: Actors): InstanceNumber[] {
  const limit = expired[id] ?? 0;
  return [...(actors.get(id)?.session.members.keys() ?? [])].filter((inst) => inst <= limit);
}

/** For people. */
export function whyOld(
  actor: Pick<Actor, 'running' | 'session'> | undefined,
  limit: InstanceNumber,
  record: Pick<AgentRecord, 'warnings' | 'last_update'> | null,
): string {
  const { owner, waitsForHandlers = false } = actor?.session ?? {};
  if (!owner || owner.inst > limit) return 'its old instance is kept until its monitor window is over';
  if (waitsForHandlers) return 'its old instance still works on a message';
  if (actor?.running) return 'its new instance is starting';
  const lacks = record?.warnings.find((line) => /^(?:secrets|trust): /.test(line));
  const { result, error } = record?.last_update ?? {};
  if (error && result !== 'ok') return `its new instance failed: ${error.message}`;
  return lacks ?? 'it waits for its turn';
}
