/**
 * Every key of BUNDLE.md's table for manifest.yaml / expert.yaml. The message of each check is what was *expected*;
 * read-manifest.ts adds what was found and where. Unknown keys pass and are kept.
 */
import * as z from 'zod';
import { isAgentId, toAgentId } from '../../domain/agent.ts';

const MIB = 1024 * 1024;

const text = z.string('a text (put it in quotes)');
const bool = z.boolean('true or false');
const texts = z.array(text, 'a list of texts');
const mapping = z.record(z.string(), z.unknown(), 'a mapping');

function numberFrom(low: number, high: number) {
  const expected = `a number from ${low} to ${high}`;
  return z.number(expected).min(low, expected).max(high, expected);
}

function wholeFrom(low: number, high: number) {
  const expected = `a whole number from ${low} to ${high}`;
  return z.int(expected).min(low, expected).max(high, expected);
}

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: MIB, g: 1024 * MIB };

/** `256m`, `1.5g`, `512MiB` or bytes. @returns bytes, or null when it is no size. */
export function parseMemorySize(size: string | number): number | null {
  if (typeof size === 'number') return Number.isSafeInteger(size) ? size : null;
  const match = /^(\d{1,12}(?:\.\d{1,3})?)\s*([bkmg]?)(?:i?b)?$/i.exec(size.trim());
  const unit = UNITS[match?.[2]?.toLowerCase() ?? ''];
  return match?.[1] === undefined || unit === undefined ? null : Math.round(Number(match[1]) * unit);
}

const MEMORY = 'a memory size from 32m to 64g, for example 256m';
const memory = z.union([z.string(), z.number()], MEMORY).transform((size, context) => {
  const bytes = parseMemorySize(size);
  if (bytes !== null && bytes >= 32 * MIB && bytes <= 64 * 1024 * MIB) return bytes;
  context.addIssue({ code: 'custom', message: MEMORY });
  return z.NEVER;
});

const PEER = 'the id of an agent';
const peer = z.string(PEER).transform((spelling, context) => {
  const id = toAgentId(spelling);
  if (id === 'user' || isAgentId(id)) return id;
  context.addIssue({ code: 'custom', message: PEER });
  return z.NEVER;
});

const skillSchema = z.looseObject(
  { name: text.min(1, 'a name'), description: text.default(''), parameters: mapping.optional() },
  'a mapping {name, description, parameters?}',
);

const SECRET_NAME = 'a name of letters, digits and _';
const secretName = z.string(SECRET_NAME).regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, SECRET_NAME);
const secretSource = z.union(
  [z.string(), z.number(), z.boolean(), z.null(), z.object({ file: z.string() })],
  'a reference to an environment variable, {file: path} or a literal',
);
const secrets = z.union(
  [z.array(secretName), z.record(secretName, secretSource)],
  'a list of names, or a mapping of name to source',
);

const SECTIONS = {
  topics: z.looseObject({ send_to: z.array(peer, 'a list of agent ids').optional() }, 'a mapping {send_to: [ids]}'),
  network: z.looseObject(
    { egress: z.enum(['none', 'internet'], 'none or internet').optional() },
    'a mapping {egress: none | internet}',
  ),
  resources: z.looseObject(
    {
      memory: memory.default(256 * MIB),
      cpus: numberFrom(0.05, 64).default(0.5),
      pids: wholeFrom(16, 4096).default(128),
    },
    'a mapping {memory, cpus, pids}',
  ),
  update: z.looseObject(
    {
      strategy: z.enum(['start-first', 'stop-first'], 'start-first or stop-first').default('start-first'),
      ready_seconds: numberFrom(1, 3600).default(60),
      min_healthy_seconds: numberFrom(0, 3600).default(0),
      drain_seconds: numberFrom(0, 3600).default(30),
      monitor_seconds: numberFrom(0, 86_400).default(30),
    },
    'a mapping of update settings',
  ),
  llm_config: z.looseObject(
    {
      provider: text.optional(),
      model: text.optional(),
      base_url: text.optional(),
      temperature: numberFrom(0, 10).optional(),
      max_tokens: wholeFrom(1, 10_000_000).optional(),
      api_key: text.optional(),
      embedding_model: text.optional(),
      price: z
        .looseObject(
          { input: numberFrom(0, 1e6).optional(), output: numberFrom(0, 1e6).optional() },
          'a mapping {input, output}',
        )
        .optional(),
      max_rounds: wholeFrom(0, 50).optional(),
      max_history: wholeFrom(0, 50).optional(),
      stream: bool.optional(),
    },
    'a mapping {provider, model, …}',
  ),
} as const;

export const manifestSchema = z.looseObject({
  id: text.optional(),
  name: text.optional(),
  version: text.optional(),
  type: text.optional(),
  role: text.optional(),
  description: text.optional(),
  color: text.optional(),
  uuid: text.optional(),
  personified: bool.optional(),
  capabilities: texts.default([]),
  dependencies: texts.default([]),
  runtime: z.enum(['node', 'python'], 'node or python').optional(),
  llm_config: SECTIONS.llm_config.prefault({}),
  config: mapping.default({}),
  options_schema: z.unknown().optional(),
  secrets: secrets.default([]),
  skills: z.array(skillSchema, 'a list of {name, description, parameters?}').default([]),
  topics: SECTIONS.topics.prefault({}),
  network: SECTIONS.network.prefault({}),
  resources: SECTIONS.resources.prefault({}),
  storage: bool.default(false),
  update: SECTIONS.update.prefault({}),
  image: text.min(1, 'the name of an image').optional(),
  enabled: bool.default(true),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const MANIFEST_KEYS: readonly string[] = Object.keys(manifestSchema.shape);

/** Sections whose keys are ours: an unknown one is worth a warning. `llm_config` and `config` are the agent's. */
export const SECTION_KEYS: Readonly<Record<string, readonly string[]>> = {
  topics: Object.keys(SECTIONS.topics.shape),
  network: Object.keys(SECTIONS.network.shape),
  resources: Object.keys(SECTIONS.resources.shape),
  update: Object.keys(SECTIONS.update.shape),
};

/** Keys that ask for power over the engine, whatever their spelling. */
export const ENGINE_POWER_KEYS: readonly string[] = [
  'privileged',
  'binds',
  'volumes',
  'devices',
  'network_mode',
  'cap_add',
  'pid',
  'ipc',
  'security_opt',
  'extra_hosts',
  'ports',
  'runtime_args',
];

export const personaSchema = z.looseObject({
  name: text.optional(),
  role: text.optional(),
  description: text.optional(),
  system_prompt: text.optional(),
  prompt: text.optional(),
  personified: bool.optional(),
  preferred_location: text.optional(),
  skills: z
    .array(z.union([text, skillSchema], 'a name or a mapping {name, description}'), 'a list of skills')
    .default([]),
  theme_responses: mapping.optional(),
  reference_sheets: z.array(z.unknown(), 'a list').optional(),
});
export type Persona = z.infer<typeof personaSchema>;
