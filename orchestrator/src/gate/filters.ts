/** The `filters` that a list is asked with: whatever the caller wants less of, and never more than ours. Pure. */
import * as z from 'zod';
import { HairemError } from '../domain/errors/errors.ts';
import { LABEL } from '../domain/labels.ts';
import { parseJson } from '../domain/text/json-text.ts';
import type { Route } from './routes.ts';
import { redisLabels, type Scope } from './scope.ts';

const values = z.array(z.string().max(200)).max(8);
/** A client may send a list as a map of flags. */
const list = z.union([values, z.record(z.string().max(200), z.literal(true)).transform((map) => Object.keys(map))]);
const filters = z.strictObject({ label: list.default([]), type: list.optional(), dangling: list.optional() });

/** @returns the query with its filters written anew. @throws unauthorized */
export function filtered(query: URLSearchParams, filter: Route['filter'], scope: Scope): URLSearchParams {
  const written = new URLSearchParams(query);
  if (filter === 'none') return written;
  const { label, ...rest } = read(query.get('filters') ?? '{}');
  written.set('filters', JSON.stringify({ ...rest, label: withOurs(label, filter, scope) }));
  return written;
}

function read(text: string): z.infer<typeof filters> {
  try {
    return filters.parse(parseJson(text));
  } catch (cause) {
    throw new HairemError('unauthorized', 'the value of filters', { cause });
  }
}

function withOurs(label: readonly string[], filter: Route['filter'], scope: Scope): string[] {
  if (filter === 'images') return [...new Set([...label, LABEL.kind])];
  const redis = redisLabels(scope);
  if (redis && redis.length === label.length && redis.every((one) => label.includes(one))) return redis;
  return [...new Set([...label, `${LABEL.orchestrator}=${scope.installId}`])];
}
