/**
 * The id of a request to a service (BUS.md, rule 14): the same whenever the same is asked because of the same message,
 * so that a message which is handled twice, here or by another instance, does not pay or remember twice.
 * `contract/request-ids.json` holds both SDKs to it.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { JsonObject } from '../agent-host.ts';
import { rawJSON } from '../json-numbers.ts';
import type { Cause } from './cause.ts';

export interface Wanted {
  /** `memory`, `llm`, `registry`. */
  service: string;
  op: string;
  args: JsonObject;
}

/** How often a message's handler has asked for the very same. */
const counters = new WeakMap<Cause, Map<string, number>>();

export function requestIdFor(cause: Cause | undefined, wanted: Wanted): string {
  if (cause?.kind !== 'message') return randomUUID(); // nothing hands over a task, or setup(), in the middle
  const asked = `${wanted.service} ${wanted.op} ${sha256(canonical(wanted.args))}`;
  const counts = counters.get(cause) ?? new Map<string, number>();
  counters.set(cause, counts);
  const count = counts.get(asked) ?? 0;
  counts.set(asked, count + 1);
  const { sender, id } = cause.message;
  return requestId({ sender: sender.agent_id, cause: id, asked, count });
}

interface Parts {
  sender: string;
  cause: string;
  asked: string;
  count: number;
}

function requestId({ sender, cause, asked, count }: Parts): string {
  return sha256(`${sender}\n${cause}\n${asked}\n${count}`).slice(0, 48);
}

/** JSON with the keys of its objects in order: how an object was put together says nothing about what is asked. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one === 'bigint') return rawJSON(String(one));
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
