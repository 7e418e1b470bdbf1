/** What a dependency build may use of the host at most: foreign programs may run in it. Pure. */
import * as z from 'zod';
import { HairemError } from '../domain/errors/errors.ts';
import { readJson } from '../domain/text/json-text.ts';
import { firstProblem } from './scope.ts';

const GIB = 1024 ** 3;
const upTo = (most: number) => z.coerce.number().pipe(z.int().positive().max(most));
const LIMITS = { nproc: 512, nofile: 4096, fsize: 2 * GIB, core: 0 } as const;
type Limit = keyof typeof LIMITS;

const ulimits = z
  .array(
    z.strictObject({
      Name: z.enum(Object.keys(LIMITS) as [Limit, ...Limit[]]),
      Soft: z.int().nonnegative(),
      Hard: z.int().nonnegative(),
    }),
  )
  .refine((all) => all.every(({ Name, Soft, Hard }) => Soft === Hard && Hard <= LIMITS[Name]), { error: 'too much' })
  .refine((all) => new Set(all.map(({ Name }) => Name)).size === all.length, { error: 'one twice' })
  .refine((all) => all.length === Object.keys(LIMITS).length, { error: 'one is missing' });

const limits = z
  .object({
    memory: upTo(4 * GIB),
    memswap: upTo(4 * GIB),
    cpuperiod: z.literal('100000'),
    cpuquota: upTo(400_000),
    ulimits,
  })
  .refine(({ memory, memswap }) => memory === memswap, { error: 'memswap is not memory: that is swap' });

/** @throws unauthorized where one is missing or too much */
export function checkBuildLimits(query: URLSearchParams): void {
  const { ulimits: listed, ...given } = Object.fromEntries(query);
  const parsed = limits.safeParse({ ...given, ulimits: readJson(listed ?? '') });
  if (!parsed.success) throw new HairemError('unauthorized', firstProblem(parsed.error));
}
