/** An option that is a number: in its range, or an error that names the range. */
import { HairemError } from '../domain/errors/errors.ts';
import type { Call } from './command.ts';

export function numberOption(
  { options }: Pick<Call, 'options'>,
  name: string,
  { fallback, min, max }: { fallback: number; min: number; max: number },
): number {
  const given = options[name];
  if (given === undefined) return fallback;
  const value = Number(given);
  if (typeof given === 'string' && /^\d+$/.test(given) && value >= min && value <= max) return value;
  throw new HairemError('bad_config', `--${name} is "${given}"; expected a whole number from ${min} to ${max}`);
}
