/** Redaction of what is told as values: every text in it but those that are names, times and states of ours. */
import type { Redactor } from './redactor.ts';

/** Never an agent's own words; a secret like `active` or `123456` must not make them unreadable for programs. */
const OURS: ReadonlySet<string> = new Set([
  'type',
  'agent',
  'agent_id',
  'id',
  'inst',
  'hash',
  'from',
  'to',
  'at',
  'since',
  'until',
  'timestamp',
  'correlation_id',
  'started_at',
  'retry_at',
  'code',
  'key',
  'kind',
  'lane',
  'level',
  'result',
  'severity',
  'state',
  'status',
  'stream',
  'runtime',
  'image',
  'container',
  'fingerprint',
  'redelivered',
]);

/** A copy with the same shape. JSON values; what is none passes as it is. */
export function redactValue<T>(value: T, redactor: Pick<Redactor, 'text'>): T {
  return redacted(value, redactor, OURS) as T;
}

/** A message of an agent: under any key its payload is in the agent's own words. */
export function redactMessage(message: unknown, redactor: Pick<Redactor, 'text'>): unknown {
  if (typeof message !== 'object' || message === null) return redacted(message, redactor, NONE);
  const { payload, ...rest } = message as { payload?: unknown };
  return { ...redactValue(rest, redactor), payload: redacted(payload, redactor, NONE) };
}

const NONE: ReadonlySet<string> = new Set();

/** More levels than any text that is read here may have, and any record of ours: a cut, and no stack that overflows. */
const DEEPEST_SHOWN = 100;
const CUT = '(too deep)';

function redacted(value: unknown, redactor: Pick<Redactor, 'text'>, keep: ReadonlySet<string>, depth = 0): unknown {
  if (typeof value === 'string') return redactor.text(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST_SHOWN) return CUT;
  if (Array.isArray(value)) return value.map((item) => redacted(item, redactor, keep, depth + 1));
  const members = Object.entries(value).map(([key, member]) => [
    key,
    typeof member === 'string' && keep.has(key) ? member : redacted(member, redactor, keep, depth + 1),
  ]);
  return Object.fromEntries(members);
}
