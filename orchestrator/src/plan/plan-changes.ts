/** The planner: what each agent's next step is, from what is wanted and what is there. Pure; time is an argument. */
import type { Lane } from '../domain/agent-record.ts';
import { bundleTag, depsTag } from '../domain/labels.ts';
import type { Version } from '../domain/version.ts';
import type { AgentView, LiveInstance } from './agent-view.ts';
import type { Blocked, Planned, Step } from './step.ts';

export interface PlanTimes {
  now: number;
  /** How long a removed bundle is held before its agent is stopped, milliseconds. */
  removeHoldMs: number;
}

/** The next step of one agent; null when it is as it should be, or has to wait. */
export function planAgent(view: AgentView, times: PlanTimes): Planned | null {
  return (
    adoptStrangers(view) ??
    removeLeftovers(view) ??
    stopUnwanted(view, times) ??
    advance(view, times) ??
    retireSpare(view, times) ??
    prune(view)
  );
}

/** Running containers that the hand-over does not know: an earlier orchestrator left them. */
function adoptStrangers(view: AgentView): Step | null {
  const strangers = view.containers.filter((c) => c.status === 'running' && !view.live.known.has(c.inst));
  if (strangers.length === 0) return null;
  const because = `found running: instance ${strangers.map((c) => c.inst).join(', ')}`;
  return { kind: 'adopt', agent: view.id, because, containers: strangers, egress: view.networks[0]?.egress ?? 'none' };
}

function removeLeftovers(view: AgentView): Step | null {
  const dead = view.containers.filter((c) => c.status !== 'running' && !view.live.known.has(c.inst));
  if (dead.length === 0) return null;
  const because = `left over: instance ${dead.map((c) => c.inst).join(', ')}`;
  return { kind: 'remove', agent: view.id, because, containers: dead };
}

function stopUnwanted(view: AgentView, times: PlanTimes): Step | null {
  const unwanted = whyUnwanted(view, times);
  if (!unwanted) return null;
  if (view.live.known.size > 0) return { kind: 'stop', agent: view.id, ...unwanted };
  if (unwanted.status !== 'removed') return null;
  const images = view.images.filter((image) => image.agent === view.id).map((image) => image.tag);
  const networks = view.networks.map((network) => network.name);
  if (images.length === 0 && networks.length === 0) return null;
  return { kind: 'forget', agent: view.id, because: unwanted.because, images, networks };
}

function whyUnwanted(view: AgentView, times: PlanTimes) {
  const { intent } = view.stored;
  if (intent.kind === 'stopped') return { status: 'stopped', because: intent.because ?? 'stopped by a user' } as const;
  if (intent.kind === 'disabled') return { status: 'disabled', because: 'switched off by a user' } as const;
  if (view.desired?.kind === 'valid' && !view.desired.enabled) {
    return { status: 'disabled', because: 'the manifest says enabled: false' } as const;
  }
  const held = view.goneSince !== null && times.now - view.goneSince >= times.removeHoldMs;
  if (held && !view.frozen) return { status: 'removed', because: 'the bundle was removed' } as const;
  return null;
}

/** Brings the agent to its target version: build, start, swap or configure. */
function advance(view: AgentView, times: PlanTimes): Planned | null {
  if (isUnwanted(view)) return null;
  const target = targetOf(view);
  if (!target) return null;
  const { version } = target;
  const canBegin = whyNot(view, version).length === 0;
  const attach = attachNetwork(view, canBegin ? version : (view.stored.running ?? version));
  if (attach) return attach;
  const change = changeFor(view, version);
  if (!change) return null;
  if (!canBegin && (change.kind !== 'configure' || isHeld(view, version))) return block(view, version);
  if (view.notBefore !== null && times.now < view.notBefore) return null;
  if (change.kind === 'configure') return change;
  return buildFirst(view, version, change.because) ?? change;
}

/** Who runs goes on with the secrets that it has; nobody new can begin. */
function block(view: AgentView, version: Version): Blocked | null {
  if (view.live.owner) return null;
  return { kind: 'block', agent: view.id, because: whyNot(view, version).join('; '), version };
}

/** A person's word or a secret is missing. */
function whyNot(view: AgentView, version: Version): readonly string[] {
  return isHeld(view, version) ? [view.hold?.because ?? '', ...missingOf(view, version)] : missingOf(view, version);
}

export const isHeld = ({ hold }: AgentView, version: Version) => hold?.version === version.hash;

export const missingOf = ({ secrets }: AgentView, version: Version) => secrets.get(version.hash)?.missing ?? [];

function isUnwanted(view: AgentView): boolean {
  const { kind } = view.stored.intent;
  if (kind === 'stopped' || kind === 'disabled') return true;
  return view.desired?.kind === 'valid' && !view.desired.enabled;
}

/** The version that should run; where a secret of it is missing and what ran before lacks none, what ran before. */
function targetOf(view: AgentView): { version: Version } | null {
  const target = chosen(view);
  const { running } = view.stored;
  if (!target || !running || missingOf(view, target.version).length === 0) return target;
  return missingOf(view, running).length === 0 ? { version: running } : target;
}

/**
 * What the folder asks for, unless it is broken, still being written, was condemned, waits for a word, or a user rolled
 * it back; then what ran before.
 */
function chosen(view: AgentView): { version: Version } | null {
  const { stored, desired } = view;
  const before = stored.running ?? stored.lastGood;
  if (desired?.kind !== 'valid') return before && desired ? { version: before } : null;
  const wanted = desired.version;
  if (stored.intent.kind === 'rollback' && stored.intent.from === wanted.hash) return { version: stored.intent.to };
  // What runs goes on, also where it runs no more and is started again.
  if (isHeld(view, wanted)) return { version: before ?? wanted };
  if (!isCondemned(view, wanted, 'version')) return { version: wanted };
  // Until the revert has ended, what is condemned still stands as what runs.
  const good = [stored.running, stored.lastGood].find((version) => version && version.hash !== wanted.hash);
  return { version: good ?? wanted };
}

/** With other secrets than it failed with it is tried again. */
export function isCondemned({ stored, request, secrets }: AgentView, { hash }: Version, scope: 'version' | 'secrets') {
  const bad = stored.condemned;
  if (bad?.hash !== hash || (bad.scope ?? 'version') !== scope || request !== null) return false;
  return bad.secrets === undefined || bad.secrets === (secrets.get(hash)?.hash ?? '');
}

/** Redis belongs on the network of an agent that runs; a start makes the network itself. */
function attachNetwork(view: AgentView, version: Version): Step | null {
  if (!view.live.owner) return null;
  const own = view.networks.find((network) => network.egress === version.spec.egress);
  if (own && view.redisNetworks.includes(own.name)) return null;
  return { kind: 'attach', agent: view.id, because: 'Redis is not on the network of the agent', version };
}

function changeFor(view: AgentView, version: Version): Step | null {
  const { id: agent, live } = view;
  if (!live.owner) return { kind: 'start', agent, because: whyStart(view), version };
  const lane = laneOf(live.owner, view, version);
  if (lane === 'live') return { kind: 'configure', agent, because: 'persona or soft config changed', version };
  const because = lane ? becauseOf(lane) : whyFresh(view);
  if (!because) return null;
  const kind = version.update.strategy === 'stop-first' ? 'replace' : 'swap';
  return { kind, agent, because, version, lane: lane ?? 'restart' };
}

const whyStart = (view: AgentView) => (view.stored.running ? 'no instance is running' : 'a new bundle');

/** Why the version that runs should run in a new instance; null where it need not. */
function whyFresh({ request, live, expired }: AgentView): string | null {
  if (request !== null) return `a user asked for a ${request}`;
  if (live.owner && live.owner.inst <= expired) return 'every credential is changed';
  const tasks = live.owner?.hindered ?? [];
  return tasks.length > 0 ? `only a fresh instance can begin again: ${tasks.join(', ')}` : null;
}

function becauseOf(lane: Lane): string {
  if (lane === 'restart') return 'a secret changed';
  return lane === 'deps' ? 'dependencies or the base image changed' : 'code or sandbox changed';
}

function laneOf(owner: LiveInstance, view: AgentView, version: Version): Lane | null {
  const container = view.containers.find((c) => c.inst === owner.inst);
  const sameImage = owner.imageHash === version.imageHash;
  if (sameImage && owner.specHash === version.specHash) {
    if (haveOtherSecrets(owner, view, version)) return 'restart';
    if (owner.hash === version.hash) return null;
    return owner.refusedHash === version.hash ? 'code' : 'live';
  }
  return container && container.depsHash !== version.depsHash ? 'deps' : 'code';
}

/** Those that went missing are still in the instance that has them. */
function haveOtherSecrets(owner: LiveInstance, view: AgentView, version: Version): boolean {
  if (missingOf(view, version).length > 0 || isCondemned(view, version, 'secrets')) return false;
  return owner.secretsHash !== (view.secrets.get(version.hash)?.hash ?? '');
}

/** The image comes first; a version without a snapshot (last good) has one, since clean-up keeps it. */
function buildFirst(view: AgentView, version: Version, because: string): Step | null {
  const tag = bundleTag(view.id, version.imageHash);
  if (view.images.some((image) => image.tag === tag)) return null;
  const { desired } = view;
  if (desired?.kind !== 'valid' || desired.version.imageHash !== version.imageHash) return null;
  return { kind: 'build', agent: view.id, because, version, snapshot: desired.snapshot };
}

function retireSpare(view: AgentView, times: PlanTimes): Step | null {
  const { spare, windowEnds } = view.live;
  if (spare === null || windowEnds === null || times.now < windowEnds) return null;
  return { kind: 'retire', agent: view.id, because: `the monitor window is over, instance ${spare} is not needed` };
}

/** Images that are not running, last good or wanted, and a network of another reach; never inside a window. */
function prune(view: AgentView): Step | null {
  if (view.live.windowEnds !== null || !view.live.owner) return null;
  const versions = [view.stored.running, view.stored.lastGood];
  if (view.desired?.kind === 'valid') versions.push(view.desired.version);
  const needed = new Set(versions.flatMap((v) => (v ? [bundleTag(view.id, v.imageHash), depsTag(v.depsHash)] : [])));
  const inUse = new Set(view.containers.map((c) => c.image));
  const images = view.images
    .filter((image) => image.agent === view.id && !needed.has(image.tag) && !inUse.has(image.tag))
    .map((image) => image.tag);
  const egress = view.stored.running?.spec.egress;
  const networks = view.networks.filter((n) => egress !== undefined && n.egress !== egress).map((n) => n.name);
  if (images.length === 0 && networks.length === 0) return null;
  return { kind: 'prune', agent: view.id, because: 'no version needs them any more', images, networks };
}
