/** What the folder says of an agent, in its record: what is wanted, what is wrong with it, and why it does not run yet. */
import type { AgentRecord, AgentStatus } from '../domain/agent-record.ts';
import { type BehindKind, invalidBecause, problemText } from '../domain/behind.ts';
import type { AgentFact } from '../domain/event.ts';
import { described } from './new-record.ts';
import { withWarning } from './warnings.ts';

type Fact<T extends AgentFact['type']> = Extract<AgentFact, { type: T }>;

/** While an instance serves, the record describes that one; what the folder asks for shows in `bundle.desired`. */
export function foldDesired(record: AgentRecord, { version, enabled, warnings }: Fact<'desired'>): AgentRecord {
  const fresh = version.hash === record.bundle.desired ? record : forgiven(record, enabled);
  return {
    ...fresh,
    ...(record.instance === null ? described(version) : {}),
    bundle: { ...record.bundle, desired: version.hash },
    behind: record.behind?.kind === 'invalid' ? null : record.behind,
    problems: warnings,
    warnings: withWarning(fresh.warnings, 'bundle', warnings.map(problemText)),
  };
}

/** Another version is tried at once: what the one before failed of no longer holds. */
function forgiven(record: AgentRecord, enabled: boolean): AgentRecord {
  const opened = unlessServed(record, startsAs(record, enabled));
  return { ...opened, tries: 0, retry_at: null, warnings: withWarning(record.warnings, 'failure', []) };
}

/** A user's stop is not undone by a bundle that becomes valid. */
function startsAs(record: AgentRecord, enabled: boolean): AgentStatus {
  if (!enabled) return 'disabled';
  return record.status === 'stopped' || record.status === 'disabled' ? record.status : 'starting';
}

export function foldInvalid(record: AgentRecord, { problems }: Fact<'invalid'>): AgentRecord {
  const held = record.status === 'stopped' || record.status === 'disabled';
  const status = held ? record : unlessServed(record, 'invalid');
  return {
    ...status,
    problems,
    behind: invalidBecause(problems),
    bundle: { ...record.bundle, desired: null },
    warnings: withWarning(record.warnings, 'bundle', problems.map(problemText)),
  };
}

/** What the folder, a missing secret, a person's word or a failure has no warning for gets one of its own. */
const WARNED_OTHERWISE: readonly (BehindKind | null)[] = ['invalid', 'held', 'blocked', 'failed', null];

export function foldBehind(record: AgentRecord, { kind, because }: Fact<'behind'>): AgentRecord {
  const lines = WARNED_OTHERWISE.includes(kind) ? [] : [because];
  return {
    ...record,
    behind: kind === null ? null : { kind, because },
    warnings: withWarning(record.warnings, 'behind', lines),
  };
}

/** As long as an instance serves, nothing that happens to an update changes the status. */
export function unlessServed(record: AgentRecord, status: AgentStatus): AgentRecord {
  return record.status === 'active' ? record : { ...record, status };
}
