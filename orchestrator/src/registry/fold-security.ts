/** Security events in a record: the newest, those of one kind together, and for an hour a warning and a lower rating. */
import type { AgentRecord } from '../domain/agent-record.ts';
import type { AgentFact } from '../domain/event.ts';
import { boundedMessage, type SecurityEntry } from '../domain/security.ts';
import { withWarning } from './warnings.ts';

export const SECURITY_KEPT = 20;
/** One entry is one minute of the same kind. */
const TOGETHER_MS = 60_000;
export const RECENT_MS = 60 * 60_000;
const COST = 3;
const REASON = `-${COST}: `;

type Security = Extract<AgentFact, { type: 'security' }>;

export function foldSecurity(record: AgentRecord, { kind, message, count }: Security, at: string): AgentRecord {
  const before = record.security.find((entry) => entry.kind === kind && isWithin(entry, at, TOGETHER_MS));
  const entry = { at, kind, message: boundedMessage(message), count: count + (before?.count ?? 0) };
  const others = record.security.filter((one) => one !== before);
  return { ...record, security: [...others, entry].slice(-SECURITY_KEPT) };
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

function isWithin(entry: SecurityEntry, at: string, ms: number): boolean {
  return Math.abs(Date.parse(at) - Date.parse(entry.at)) < ms;
}
