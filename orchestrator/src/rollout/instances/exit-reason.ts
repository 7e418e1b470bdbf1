/** Why an instance ended, in words; want of memory is named as such, on whatever cgroup and by whatever noticed it. Pure. */
import type { InstanceNumber } from '../../domain/agent.ts';

export interface Ending {
  inst: InstanceNumber;
  /** Null where the engine does not say it. */
  exitCode: number | null;
  /** The engine said so in an event or in the container's state. */
  oomKilled: boolean;
}

/** SIGKILL. Whom we kill is no loss, so it was not us. */
const KILLED = 137;

export function exitReasonOf({ inst, exitCode, oomKilled }: Ending): string {
  const isKilled = exitCode === KILLED || exitCode === null;
  if (oomKilled && isKilled) return outOfMemory(inst);
  if (exitCode === KILLED) {
    return `instance ${inst} was killed (exit code 137): by somebody on the host, or for want of memory there (OOM)`;
  }
  const before = oomKilled ? ', after a process of it was killed for want of memory (OOM)' : '';
  return `instance ${inst} ended with exit code ${exitCode ?? 'unknown'}${before}`;
}

/** A process that it started may have been what was killed: then it is not the end of it. */
export const outOfMemory = (inst: InstanceNumber) =>
  `instance ${inst} used more memory than it may and was killed (OOM)`;

/** As it was said at the end, or as it is known by now: the engine may tell of the memory a moment later. */
export function knownByNow(said: string, { inst, oomKilled }: Pick<Ending, 'inst' | 'oomKilled'>): string {
  const wasGuess = said === exitReasonOf({ inst, exitCode: KILLED, oomKilled: false });
  return wasGuess && oomKilled ? outOfMemory(inst) : said;
}
