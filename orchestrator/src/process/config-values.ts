/** The kinds of values that variables of `config.ts` have, each with what is expected of it in words. */
import * as z from 'zod';

export const absolute = z.string().regex(/^\//, { error: 'an absolute path' });
export const path = (fallback: string) => absolute.default(fallback);

export const integer = ({ min, max, fallback }: { min: number; max: number; fallback: number }) =>
  z.coerce
    .number({ error: `a whole number from ${min} to ${max}` })
    .pipe(z.int({ error: `a whole number from ${min} to ${max}` }))
    .refine((value) => value >= min && value <= max, { error: `a whole number from ${min} to ${max}` })
    .default(fallback);

export const dollars = z.coerce.number({ error: 'a number' }).nonnegative({ error: 'a number from 0' }).default(0);

const list = z
  .string()
  .default('')
  .transform((text) => text.split(/[\s,]+/).filter((part) => part !== ''));

export const origins = list.refine((all) => all.every(isOrigin), {
  error: 'origins like https://panel.local:8443, separated by commas',
});
export const hosts = list.refine((all) => all.every((name) => /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(name)), {
  error: 'host names without a port, separated by commas',
});
export const name = (expected: string) => z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, { error: expected });

/** What installs packages may read it, so it holds no password; it becomes a line of pip's and npm's settings. */
export const mirror = z
  .url({ protocol: /^https?$/, error: 'a URL like https://mirror.home/simple/' })
  .refine((url) => !/[\s@\\]/.test(url), { error: 'a URL without a user, a password or spaces' })
  .optional();

/** The name of a zone, and none of POSIX' rules such as CET-1CEST: not all who read it know those. */
export const timeZone = z
  .string()
  .refine((name) => /^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/.test(name) && isTimeZone(name), {
    error: 'the name of a time zone, such as Europe/Paris (.env, or the environment of whoever started it)',
  })
  .default('UTC');

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text;
}
