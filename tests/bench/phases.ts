/** Where the time from a save to ACTIVE goes: the moments of one update, and the steps between them. Pure. */
import type { RegistryEvent } from '../../orchestrator/src/domain/event.ts';
import type { Heard } from '../support/agents/bus-ear.ts';
import type { Shown } from './event-ear.ts';

/** Each ends where the next begins; together they are the whole time. */
export const PHASES = [
  'settle and read',
  'plan',
  'build',
  'user and create',
  'start',
  'boot to hello',
  'load and set up',
  'verify',
  'cut',
] as const;

export type PhaseName = (typeof PHASES)[number];
export type Phases = Record<PhaseName, number>;

export interface Update {
  agent: string;
  /** Monotonic milliseconds of the save. */
  savedAt: number;
  /** What came since, in order. */
  shown: readonly Shown[];
  heard: readonly Heard[];
  /** Of this process' monotonic clock, to compare the wall clock with it. */
  timeOrigin: number;
}

/** @returns null where a moment was not seen */
export function phasesOf(update: Update): Phases | null {
  const moments = momentsOf(update);
  const phases: Partial<Phases> = {};
  for (const [index, name] of PHASES.entries()) {
    const [from, to] = [moments[index], moments[index + 1]];
    if (from === undefined || to === undefined) return null;
    phases[name] = to - from;
  }
  return phases as Phases;
}

function momentsOf({ agent, savedAt, shown, heard, timeOrigin }: Update): (number | undefined)[] {
  const isShown = (matches: (event: RegistryEvent) => boolean) =>
    shown.find(({ at, event }) => at >= savedAt && 'agent' in event && event.agent === agent && matches(event));
  const isSaid = (type: string) =>
    heard.find((one) => one.at >= savedAt && one.agent === agent && one.message.type === type)?.at;
  const active = isShown((event) => event.type === 'active')?.event;
  const startedAt = active?.type === 'active' ? active.container.started_at : null;
  return [
    savedAt,
    isShown((event) => event.type === 'desired')?.at,
    isShown((event) => event.type === 'building')?.at,
    isShown((event) => event.type === 'update' && event.update.result === 'running')?.at,
    isShown((event) => event.type === 'state' && event.state === 'CREATED')?.at,
    startedAt ? Date.parse(startedAt) - timeOrigin : undefined,
    isSaid('hello'),
    isSaid('standby'),
    isSaid('verified'),
    isSaid('active'),
  ];
}
