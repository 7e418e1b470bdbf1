/** What an agent tried that it may not, or took too much of: the kinds are closed, and a person reads the message. */
import type { AgentId } from './agent.ts';

export const SECURITY_KINDS = [
  /** More bytes or messages than the core hears of one speaker. */
  'flood',
  /** More connections to the bus than an instance needs, or many that name no user. */
  'connections',
  /** The bus refused a command, a channel or a password (ACL LOG). */
  'refused',
  /** A password of the core was used from the network of an agent. */
  'foreign_core_connection',
  /** What it says fills the buffers of those who read it, or it does not read what it asked for. */
  'output_buffer',
  /** Took so much memory, processor time or disk that a process of ours ended or an owner's limit was reached. */
  'hog',
  /** Said something that only another may say, or that no SDK says. */
  'forged',
] as const;
export type SecurityKind = (typeof SECURITY_KINDS)[number];

/** One line of a record's `security`: what of one kind happened within a minute counts as one. */
export interface SecurityEntry {
  /** RFC 3339, of the last time. */
  at: string;
  kind: SecurityKind;
  message: string;
  count: number;
}

export const SECURITY_KEPT = 20;
/** One entry is one minute of the same kind. */
const TOGETHER_MS = 60_000;
const MESSAGE_CHARACTERS = 500;

/** Parts of a message may be an agent's own words. */
export const boundedMessage = (text: string): string =>
  text.length > MESSAGE_CHARACTERS ? `${text.slice(0, MESSAGE_CHARACTERS - 1)}…` : text;

/** Tells of one attempt; may be called as often as it happens, since the same kind is said once in ten seconds. */
export type ReportSecurity = (agent: AgentId, kind: SecurityKind, message: string) => void;

/** The newest, those of one kind within a minute together. @param at RFC 3339 */
export function withSecurity(
  past: readonly SecurityEntry[],
  { kind, message, count }: Pick<SecurityEntry, 'kind' | 'message' | 'count'>,
  at: string,
): readonly SecurityEntry[] {
  const before = past.find((entry) => entry.kind === kind && isWithin(entry, at, TOGETHER_MS));
  const entry = { at, kind, message: boundedMessage(message), count: count + (before?.count ?? 0) };
  return [...past.filter((one) => one !== before), entry].slice(-SECURITY_KEPT);
}

export function isWithin(entry: SecurityEntry, at: string, ms: number): boolean {
  return Math.abs(Date.parse(at) - Date.parse(entry.at)) < ms;
}
