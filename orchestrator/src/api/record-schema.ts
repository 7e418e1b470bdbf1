/** The registry record as the wire shows it. A test holds this schema and `AgentRecord` to each other. */
import * as z from 'zod';
import { AGENT_STATUSES } from '../domain/agent-record.ts';
import { BEHIND_KINDS } from '../domain/behind.ts';
import { INSTANCE_STATES } from '../domain/messages/control.ts';
import { SECURITY_KINDS } from '../domain/security.ts';

const count = z.int().nonnegative();
const text = z.string().nullable();

export const problemSchema = z.object({
  severity: z.enum(['error', 'warning']),
  file: z.string(),
  line: z.int().nullable(),
  column: z.int().nullable(),
  path: z.string(),
  message: z.string(),
});

export const behindSchema = z.object({ kind: z.enum(BEHIND_KINDS), because: z.string() });

export const updateSchema = z.object({
  lane: z.enum(['live', 'code', 'deps', 'restart', 'start']),
  result: z
    .enum(['running', 'ok', 'rejected', 'reverted', 'failed', 'held'])
    .describe('held: it waits for a person’s word (POST …/allow)'),
  ms: z.number().nullable().describe('From the change being seen to ACTIVE, milliseconds'),
  at: z.string(),
  because: z.string(),
  from: text,
  to: z.string(),
  waits_since: text.describe('Since when a handler of the running version works that the update waits for'),
  cut_ms: z.number().nullable(),
  revert_ms: z.number().nullable(),
  error: z.object({ code: z.string(), message: z.string(), log: z.array(z.string()) }).nullable(),
});

const containerSchema = z.object({
  id: z.string(),
  name: z.string(),
  image: z.string(),
  started_at: text,
  memory_bytes: z.number().nullable(),
  cpu_percent: z.number().nullable().describe('Percent of one core'),
  restarts: count,
});

const taskSchema = z.object({
  name: z.string(),
  state: z.enum(['waiting', 'running', 'backoff', 'done', 'failed', 'cancelled', 'stuck']),
  since: z.string(),
  error: z.string().nullish(),
});

export const recordSchema = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(AGENT_STATUSES),
  active: z.boolean().describe('An instance answers now'),
  personified: z.boolean(),
  description: text,
  capabilities: z.array(z.string()),
  skills: z.array(z.object({ name: z.string(), description: z.string(), active: z.boolean() })),
  commands: z.array(z.string()),
  llm_model: text.describe(
    'Where its calls that name no model go: its bundle’s own model, else the system’s; null where neither is known',
  ),
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  cost: z.number(),
  location: text,
  preferred_location: text,
  type: text,
  role: text,
  version: text,
  runtime: z.enum(['node', 'python']).nullable(),
  instance: z.int().nullable(),
  instance_state: z.enum(INSTANCE_STATES).nullable(),
  term: count,
  bundle: z.object({ running: text, desired: text, last_good: text }),
  behind: behindSchema
    .nullable()
    .describe('Why what runs is not what the folder asks for; null where it is, or is on its way'),
  container: containerSchema.nullable(),
  storage_bytes: count.nullable().describe('What its own volume at /data holds'),
  database_bytes: count.nullable().describe('What its database of memories holds on disk'),
  tasks: z.array(taskSchema),
  last_update: updateSchema.nullable(),
  last_restart: z.object({ at: z.string(), because: z.string() }).nullable(),
  problems: z.array(problemSchema),
  warnings: z.array(z.string()),
  rating: z.object({ value: z.number(), reasons: z.array(z.string()) }).nullable(),
  secrets: z.array(z.object({ name: z.string(), fingerprint: z.string() })),
  gaps: z.array(z.object({ since: z.string(), until: z.string(), lost: count.nullable() })),
  abandoned: count,
  security: z
    .array(z.object({ at: z.string(), kind: z.enum(SECURITY_KINDS), message: z.string(), count }))
    .describe('What it tried that it may not, or took too much of: the newest twenty, oldest first'),
  stale: z.boolean().describe('No heartbeat for six seconds'),
  tries: count.describe('Failed tries of what the folder asks for, one after the other'),
  retry_at: text,
  updated_at: z.string(),
});
