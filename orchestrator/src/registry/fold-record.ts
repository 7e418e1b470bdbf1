/**
 * The pure fold (record, event) -> record of ARCHITECTURE.md, Registry record. Two rules stand above the cases:
 * as long as an instance serves, nothing that happens to an update changes `status`; and `active` is true only
 * while that instance also answers.
 */
import type { AgentRecord } from '../domain/agent-record.ts';
import type { AgentEvent, AgentFact } from '../domain/event.ts';
import { withSecurity } from '../domain/security.ts';
import { withinBytes } from '../domain/text/within-bytes.ts';
import { foldBehind, foldDesired, foldInvalid, unlessServed } from './fold-bundle.ts';
import { type CpuSample, cpuPercent, foldHeartbeat } from './fold-heartbeat.ts';
import { withPastSecurity, withRecentSecurity } from './fold-security.ts';
import { described, newRecord } from './new-record.ts';
import { withWarning } from './warnings.ts';

/** A record and what stands behind it and is not shown. */
export interface Folded {
  record: AgentRecord;
  sample: CpuSample | null;
  /** What bundle and spec alone are worth. */
  rated: AgentRecord['rating'];
  /** The skills that the version tells of, without those that only an instance says. */
  described: AgentRecord['skills'];
}

type Fact<T extends AgentFact['type']> = Extract<AgentFact, { type: T }>;

export const GAPS_KEPT = 20;
/** A record is read by everyone, often: no agent makes it longer than this. */
const RECORD_BYTES = 64 * 1024;

/** Warnings that are of one instance, or of an attempt that has succeeded. */
const OVER_WHEN_ACTIVE = ['failure', 'tasks', 'memory'];

/** Only these open a record: a late word about an agent that is gone must not bring it back. */
const OPENING: ReadonlySet<AgentFact['type']> = new Set(['desired', 'invalid', 'active']);

export function foldRecord(folded: Folded | null, event: AgentEvent): Folded | null {
  if (event.type === 'removed') return null;
  if (folded === null && !OPENING.has(event.type)) return null;
  const before = folded ?? { record: newRecord(event.agent, event.at), sample: null, rated: null, described: [] };
  if (event.type === 'heartbeat') return foldSample(before, event);
  const rated = event.type === 'desired' ? event.rating : before.rated;
  const record = foldFact(before.record, event);
  const described = record.skills === before.record.skills ? before.described : record.skills;
  return { ...before, record: settled(record, rated, event.at), rated, described };
}

function foldSample(folded: Folded, { at, heartbeat }: AgentEvent & Fact<'heartbeat'>): Folded {
  const { record, sample, described } = folded;
  if (heartbeat.inst !== record.instance) return folded;
  const now = { inst: heartbeat.inst, at, cpuMs: heartbeat.cpu_ms };
  const beat = foldHeartbeat(record, { heartbeat, cpuPercent: cpuPercent(sample, now), described });
  return { ...folded, record: settled(beat, folded.rated, at), sample: now };
}

function settled(record: AgentRecord, rated: AgentRecord['rating'], at: string): AgentRecord {
  const active = record.status === 'active' && !record.stale;
  const { value, cut } = withinBytes(
    { ...withRecentSecurity(record, rated, at), active, updated_at: at },
    RECORD_BYTES,
  );
  if (cut.length === 0) return value;
  const message = `it has more to say than ${RECORD_BYTES / 1024} KiB; cut: ${cut.join(', ')}`;
  return { ...value, warnings: withWarning(value.warnings, 'record', [message]) };
}

function foldFact(
  record: AgentRecord,
  event: AgentEvent & Exclude<AgentFact, Fact<'removed' | 'heartbeat'>>,
): AgentRecord {
  switch (event.type) {
    case 'desired':
      return foldDesired(record, event);
    case 'invalid':
      return foldInvalid(record, event);
    case 'behind':
      return foldBehind(record, event);
    case 'secrets':
      return { ...record, secrets: event.secrets, warnings: withWarning(record.warnings, 'secrets', event.warnings) };
    case 'blocked':
      return { ...unlessServed(record, 'blocked'), retry_at: null };
    case 'building':
    case 'starting':
      return { ...unlessServed(record, event.type), bundle: { ...record.bundle, desired: event.hash } };
    case 'active':
      return foldActive(record, event);
    case 'state':
      return event.inst === record.instance ? { ...record, instance_state: event.state } : record;
    case 'stale':
      return { ...record, stale: record.instance !== null };
    case 'crashed':
      return foldCrashed(record, event);
    case 'update':
      return foldUpdate(record, event);
    case 'last_good':
      return { ...record, bundle: { ...record.bundle, last_good: event.hash } };
    case 'backoff':
      return {
        ...failing(unlessServed(record, 'backoff'), event.because),
        tries: event.tries,
        retry_at: event.retry_at,
      };
    case 'failed':
      return foldFailed(record, event);
    case 'stopped':
    case 'disabled':
      return { ...withoutInstance(record), status: event.type, container: null, retry_at: null };
    case 'gap':
      return withGap(record, event);
    case 'abandoned':
      return { ...record, abandoned: record.abandoned + event.ids.length };
    case 'model':
      return { ...record, llm_model: event.model };
    case 'usage':
      return { ...record, ...event.usage };
    case 'security':
      return { ...record, security: withSecurity(record.security, event, event.at) };
    case 'past_security':
      return withPastSecurity(record, event.entries);
    case 'storage':
      return { ...record, storage_bytes: event.bytes };
    case 'database':
      return { ...record, database_bytes: event.bytes };
    case 'warning':
      return {
        ...record,
        warnings: withWarning(record.warnings, event.key, event.message === null ? [] : [event.message]),
      };
    default:
      return event satisfies never;
  }
}

function foldActive(record: AgentRecord, { version, inst, term, container }: Fact<'active'>): AgentRecord {
  const same = record.instance === inst && record.container?.id === container.id ? record.container : null;
  const restarts = record.container?.restarts ?? 0;
  return {
    ...record,
    ...described(version),
    status: 'active',
    stale: false,
    instance: inst,
    instance_state: 'ACTIVE',
    term,
    bundle: { ...record.bundle, running: version.hash },
    container: { memory_bytes: null, cpu_percent: null, ...same, ...container, restarts },
    tasks: same === null ? [] : record.tasks,
    commands: same === null ? [] : record.commands,
    tries: 0,
    retry_at: null,
    warnings: OVER_WHEN_ACTIVE.reduce((lines, key) => withWarning(lines, key, []), record.warnings),
  };
}

/** The dead container stays shown, as `docker ps -a` would, with no live figures. */
function foldCrashed(record: AgentRecord, event: AgentEvent & Fact<'crashed'>): AgentRecord {
  if (event.inst !== record.instance) return record;
  const { at, because, lost } = event;
  const down = { ...withoutInstance(record), status: 'backoff' as const, last_restart: { at, because } };
  const { container } = down;
  const counted = container && { ...container, restarts: container.restarts + 1 };
  const failed = { ...failing(down, because), container: counted };
  return lost === 0 ? failed : withGap(failed, { since: at, until: at, lost });
}

function foldUpdate(record: AgentRecord, { update }: Fact<'update'>): AgentRecord {
  const applied = update.lane === 'live' && update.result === 'ok' && record.instance !== null;
  return {
    ...record,
    last_update: update,
    bundle: applied ? { ...record.bundle, running: update.to } : record.bundle,
    ...(update.result === 'ok' ? { tries: 0, retry_at: null } : {}),
    warnings: update.result === 'ok' ? withWarning(record.warnings, 'failure', []) : record.warnings,
  };
}

/** Gives an update that was under way its end, unless its own report comes after. */
function foldFailed(record: AgentRecord, { because, code, log }: Fact<'failed'>): AgentRecord {
  const failed = failing(unlessServed(record, 'failed'), because);
  if (record.last_update?.result !== 'running') return failed;
  const error = { code, message: because, log };
  return { ...failed, last_update: { ...record.last_update, result: 'failed', error } };
}

function failing(record: AgentRecord, because: string): AgentRecord {
  return { ...record, warnings: withWarning(record.warnings, 'failure', [because]) };
}

function withoutInstance(record: AgentRecord): AgentRecord {
  const { container } = record;
  return {
    ...record,
    instance: null,
    instance_state: null,
    stale: false,
    tasks: [],
    bundle: { ...record.bundle, running: null },
    container: container && { ...container, memory_bytes: null, cpu_percent: null },
  };
}

function withGap(record: AgentRecord, { since, until, lost }: AgentRecord['gaps'][number]): AgentRecord {
  return { ...record, gaps: [...record.gaps, { since, until, lost }].slice(-GAPS_KEPT) };
}
