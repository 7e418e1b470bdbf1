/** Every key of `deploy/grants.yaml`. The message of each check is what was *expected*; read-grants.ts says the rest. */
import * as z from 'zod';
import { parseMemorySize } from '../bundle/manifest/manifest-schema.ts';
import type { IsReserved } from '../domain/reserved-names.ts';

const MIB = 1024 * 1024;
const TIB = 1024 * 1024 * MIB;
const MOST_ENTRIES = 256;

const list = (item: z.ZodType<string, string>, expected: string) =>
  z.array(item, expected).max(MOST_ENTRIES, `at most ${MOST_ENTRIES} entries`);

const VARIABLE = 'the name of a variable, as MQTT_PASSWORD';
const FILE = 'the name of a file in the folder of secrets, as mqtt_password';
const file = z.string(FILE).regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/, FILE);
const ADDRESS = 'a URL like http://192.168.1.5:11434/v1';
const address = z.url({ protocol: /^https?$/, error: ADDRESS }).max(512, ADDRESS);
const SOURCE = 'a URL that begins with https:// or http://, with git+ before it for a repository';
const source = z
  .string(SOURCE)
  .max(512, SOURCE)
  .regex(/^(?:git\+)?(?:https?|ssh):\/\/[^\s@]+(?:@[^\s]+)?$/, SOURCE);
const MODEL = 'the name of a model';
const model = z.string(MODEL).min(1, MODEL).max(200, MODEL);

function size({ low, high, expected }: { low: number; high: number; expected: string }) {
  return z.union([z.string(), z.number()], expected).transform((text, context) => {
    const bytes = parseMemorySize(text);
    if (bytes !== null && bytes >= low && bytes <= high) return bytes;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

function numberFrom(low: number, high: number) {
  const expected = `a number from ${low} to ${high}`;
  return z.number(expected).min(low, expected).max(high, expected);
}

function wholeFrom(low: number, high: number) {
  const expected = `a whole number from ${low} to ${high}`;
  return z.int(expected).min(low, expected).max(high, expected);
}

const build = z.object(
  {
    compilers: z.boolean('true or false').optional(),
    sources: list(source, 'a list of URLs').optional(),
  },
  'a mapping {compilers, sources}',
);

/** @param isReserved names that nobody can be given */
export function grantSchema(isReserved: IsReserved) {
  const variable = z
    .string(VARIABLE)
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, VARIABLE)
    .refine((name) => !isReserved(name), "a variable that is not hAIrem's, compose's or the system's own");
  return z.object(
    {
      variables: list(variable, 'a list of names').optional(),
      files: list(file, 'a list of file names').optional(),
      model_addresses: list(address, 'a list of URLs').optional(),
      models: list(model, 'a list of names of models').optional(),
      tokens_per_day: wholeFrom(0, Number.MAX_SAFE_INTEGER).optional(),
      cost_per_day: numberFrom(0, 1e9).optional(),
      memory: size({ low: 32 * MIB, high: TIB, expected: 'a memory size from 32m, for example 4g' }).optional(),
      cpus: numberFrom(0.05, 1024).optional(),
      pids: wholeFrom(16, 32_768).optional(),
      storage: size({ low: MIB, high: 1024 * TIB, expected: 'a size from 1m, for example 5g' }).optional(),
      database: size({ low: MIB, high: 1024 * TIB, expected: 'a size from 1m, for example 1g' }).optional(),
      build: build.optional(),
    },
    'a mapping of what is given',
  );
}

export type GrantEntry = z.output<ReturnType<typeof grantSchema>>;

export const GRANT_KEYS: readonly string[] = Object.keys(grantSchema(() => false).shape);
export const BUILD_KEYS: readonly string[] = Object.keys(build.shape);
