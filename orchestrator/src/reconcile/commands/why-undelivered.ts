/**
 * Why a message to an agent would be heard by nobody: said at once, where it would be swallowed. Who is swapped or adopted
 * is heard in time by whoever acts then; one that is started hears it or does not, which whoever waits is told. Pure.
 */
import { invalidBecause } from '../../domain/behind.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { Step } from '../../plan/step.ts';
import type { Actor } from '../agent-worker.ts';

/** Behind these somebody acts who hears what was said meanwhile. */
const BRINGS_SOMEBODY: readonly Step['kind'][] = ['start', 'swap', 'replace', 'adopt'];

type Known = Pick<Actor, 'id' | 'session' | 'desired' | 'running' | 'held' | 'retry' | 'saidBlocked' | 'goneSince'>;

export interface Surroundings {
  /** Monotonic. */
  now: number;
  /** A container of it runs, or may: it is only not known yet. */
  mayRun(): boolean;
  /** Whoever sent it waits for an answer, and is told later where it was lost. */
  isAwaited: boolean;
  /** Says how long it is to a moment; empty where what is said must not change with the time. */
  until(time: number): string;
}

/** ` in 3 s` */
export const inSeconds =
  (now: number) =>
  (time: number): string =>
    ` in ${Math.max(0, Math.ceil((time - now) / 1000))} s`;

/** @returns conflict where waiting does not help, not_ready where it may; null where it is heard */
export function whyUndelivered(actor: Known, around: Surroundings): HairemError | null {
  const { id, session, desired, running } = actor;
  const { intent } = session.stored;
  const start = `\`hairem start ${id}\``;
  if (intent.kind === 'stopped') return conflict(`${id} is stopped (${intent.because ?? 'by a user'}): ${start}`);
  if (intent.kind === 'disabled') return conflict(`${id} is switched off by a user: ${start}`);
  if (desired?.kind === 'valid' && !desired.enabled)
    return conflict(`${id} is disabled: its manifest says enabled: false`);
  const members = [...session.members.values()];
  if (around.mayRun() || members.some(({ conn }) => conn !== '')) return null;
  const isOnTheWay = members.length > 0 || (running && BRINGS_SOMEBODY.includes(running.step.kind));
  if (!isOnTheWay) return whyDown(actor, around);
  return around.isAwaited ? null : startsAnew(id);
}

const startsAnew = (id: string) => notReady(`${id} is being started; ask again in a moment`);

/** Nobody acts for it, and nobody is on the way. */
function whyDown({ id, desired, running, held, retry, saidBlocked }: Known, { now, until }: Surroundings): HairemError {
  const look = `\`hairem ps\` and \`hairem logs ${id}\` say more`;
  if (held && held.until > now) {
    const back = `it may come back${until(held.until)}, or with \`hairem start ${id}\``;
    return conflict(`${id} harmed others, was cut off and is held back; ${back}`);
  }
  if (saidBlocked !== null) return conflict(`${id} is blocked: ${saidBlocked}`);
  if (desired?.kind === 'invalid')
    return conflict(`${id} is invalid: ${invalidBecause(desired.problems).because}; \`hairem validate ${id}\``);
  if (desired === null) return conflict(`the folder of ${id} is gone, and nothing of it runs`);
  if (running?.step.kind === 'build') return notReady(`${id} is being built; ask again when it is active`);
  if (retry.because !== null) {
    const again = retry.notBefore === null ? '' : `, and is tried again${until(retry.notBefore)}`;
    return notReady(`${id} is down (${retry.because})${again}; ${look}`);
  }
  if (retry.notBefore !== null && retry.notBefore > now)
    return notReady(`${id} ended, and is started again${until(retry.notBefore)}; ${look}`);
  return startsAnew(id);
}

const conflict = (message: string) => new HairemError('conflict', message);
const notReady = (message: string) => new HairemError('not_ready', message);
