/**
 * The H-Link message as an agent sees it (BUS.md, Envelope), and its reading from the bus. Hand-written, because
 * the start path loads no schema library; `contract/cases.json` holds it to the schema of the orchestrator.
 */

/** One message as it came. It is not to be changed: other code may hold the same one. */
export interface Message {
  /** Unique, at most 64 characters; ours are `<instance>.<uuid>`. */
  readonly id: string;
  /** RFC 3339. */
  readonly timestamp: string;
  /** For example `user_message`, `narrative.text` or `expert.command`. */
  readonly type: string;
  /** Who sent it, enforced by Redis: an agent id, `user`, or `orchestrator`. */
  readonly sender: { readonly agent_id: string; readonly role?: string | null | undefined };
  /** An agent id, `user` or `broadcast`, and where it was said. */
  readonly recipient: { readonly target: string; readonly room?: string | null | undefined };
  /** For example `{content, format}` of a text, `{command, args}` of a command. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** What it carries of its causes. */
  readonly metadata: Metadata;
}

/** What a message carries beside what it says. */
export interface Metadata {
  /** `normal` for most. */
  readonly priority: Priority;
  /** The id of the message that this one answers. */
  readonly correlation_id?: string | null | undefined;
  /** How many messages may still follow from this one. */
  readonly ttl: number;
  /** Ids of the messages that led to this one, oldest first. */
  readonly chain: readonly string[];
  /** True if what it says may have been said before, by an instance that died. */
  readonly redelivered: boolean;
}

/** How urgent a message is, for those who show it. It changes nothing about its delivery. */
export type Priority = 'normal' | 'high' | 'system';

export const DEFAULT_TTL = 5;

type Fields = Readonly<Record<string, unknown>>;

const DAY = /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const PRIORITIES: readonly unknown[] = ['normal', 'high', 'system'];

/** @returns the message with its defaults filled in, or null if it breaks the contract. Unknown fields are kept. */
export function toMessage(value: unknown): Message | null {
  if (!isFields(value) || !isFields(value.sender) || !isFields(value.recipient)) return null;
  const { id, timestamp, type, sender, recipient, payload } = value;
  const metadata = toMetadata(value.metadata);
  const named = isText(id) && isText(type) && isTimestamp(timestamp);
  const addressed = isText(sender.agent_id) && isText(recipient.target);
  const detailed = isNote(sender.role) && isNote(recipient.room) && isFields(payload);
  if (!named || !addressed || !detailed || !metadata) return null;
  return { ...value, metadata } as unknown as Message;
}

function toMetadata(value: unknown = {}): Metadata | null {
  if (!isFields(value)) return null;
  const { priority = 'normal', correlation_id = null, ttl = DEFAULT_TTL, chain = [], redelivered = false } = value;
  const valid =
    PRIORITIES.includes(priority) &&
    (correlation_id === null || isText(correlation_id)) &&
    isTtl(ttl) &&
    isChain(chain) &&
    typeof redelivered === 'boolean';
  return valid ? ({ ...value, priority, correlation_id, ttl, chain, redelivered } as Metadata) : null;
}

/** An object of JSON, not a list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= 64;
}

function isNote(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

function isTtl(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= 64;
}

function isChain(value: unknown): boolean {
  return Array.isArray(value) && value.length <= 64 && value.every(isText);
}

function isTimestamp(value: unknown): boolean {
  const parts = typeof value === 'string' ? DAY.exec(value) : null;
  if (!parts) return false;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
