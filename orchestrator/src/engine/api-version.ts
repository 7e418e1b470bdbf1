/** Which version of the engine's API to speak; dockerode does not negotiate. */
import { HairemError } from '../domain/errors/errors.ts';

/** The newest that we were written against, and the oldest that has all we need (engine 20.10). */
const WANTED = '1.44';
const OLDEST = '1.41';

/** Clamps what we want to what the engine offers. @throws engine_refused where the engine is too old */
export function pickApiVersion({ min, max }: { min: string | null; max: string }): string {
  if (compare(max, OLDEST) < 0) {
    throw new HairemError(
      'engine_refused',
      `the engine speaks API ${max}; ${OLDEST} (Docker 20.10) or later is needed`,
    );
  }
  if (min !== null && compare(min, WANTED) > 0) return min;
  return compare(max, WANTED) < 0 ? max : WANTED;
}

function compare(left: string, right: string): number {
  const [leftMajor, leftMinor] = numbersOf(left);
  const [rightMajor, rightMinor] = numbersOf(right);
  return leftMajor - rightMajor || leftMinor - rightMinor;
}

function numbersOf(version: string): [number, number] {
  const match = /^(\d+)\.(\d+)$/.exec(version);
  if (!match) throw new HairemError('engine_refused', `the engine names its API version "${version}"`);
  return [Number(match[1]), Number(match[2])];
}
