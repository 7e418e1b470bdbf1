/** Security events in a record: for an hour a warning and a lower rating. */
import type { AgentRecord } from '../domain/agent-record.ts';
import { isWithin, SECURITY_KEPT, type SecurityEntry } from '../domain/security.ts';
import { withWarning } from './warnings.ts';

export const RECENT_MS = 60 * 60_000;
const COST = 3;
const REASON = `-${COST}: `;

/** What was known of it before this process began, and what it did since. */
export function withPastSecurity(record: AgentRecord, entries: readonly SecurityEntry[]): AgentRecord {
  return { ...record, security: [...entries, ...record.security].slice(-SECURITY_KEPT) };
}

/**
 * The record as a moment shows it: while something happened in the last hour, it warns and is worth less.
 * @param rated what bundle and spec alone are worth
 */
export function withRecentSecurity(record: AgentRecord, rated: AgentRecord['rating'], at: string): AgentRecord {
  const recent = record.security.filter((entry) => isWithin(entry, at, RECENT_MS));
  const lines = recent.map(({ kind, message, count }) => `${kind}: ${message}${count > 1 ? ` (${count} times)` : ''}`);
  const rating = rated && (recent.length === 0 ? rated : lowered(rated, recent));
  return { ...record, rating, warnings: withWarning(record.warnings, 'security', lines) };
}

function lowered({ value, reasons }: NonNullable<AgentRecord['rating']>, recent: readonly SecurityEntry[]) {
  const kinds = [...new Set(recent.map(({ kind }) => kind))].join(', ');
  return {
    value: Math.max(1, value - COST),
    reasons: [...reasons, `${REASON}did in the last hour what no agent should (${kinds})`],
  };
}
