/**
 * How much of this host's processors others took while a test measured: answer times say nothing of hAIrem where another
 * process had the processors. Ours are the test with its children, and the containers of its installation.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type ContainerSummary, engine, inspect } from './engine.ts';

/** Seconds of processor time, of all that ran and of ours. */
export interface HostTime {
  at: number;
  all: number;
  ours: number;
}

const TICKS = 100;

export async function hostTime(installId: string): Promise<HostTime> {
  const all = await engine<ContainerSummary[]>('GET', '/containers/json');
  const own = all.filter(({ Labels }) => Object.values(Labels).some((value) => value.endsWith(installId)));
  const pids = await Promise.all(own.map(async ({ Id }) => (await inspect(Id)).State.Pid));
  return { at: performance.now() / 1000, all: allSeconds(), ours: secondsBelow([process.pid, ...pids]) };
}

/** From 0 to 1, of all its processors. What ended meanwhile counts as another's. */
export function othersShare(from: HostTime, to: HostTime): number {
  const others = to.all - from.all - (to.ours - from.ours);
  return Math.max(0, others / (to.at - from.at) / availableParallelism());
}

/** Of user, nice, system, and what the machine below this one gave to another; interrupts are nobody's. */
function allSeconds(): number {
  const [, ...ticks] = /^cpu +(\d+) (\d+) (\d+) \d+ \d+ \d+ \d+ (\d+)/.exec(readFileSync('/proc/stat', 'utf8')) ?? [];
  return ticks.reduce((sum, one) => sum + Number(one), 0) / TICKS;
}

function secondsBelow(roots: readonly number[]): number {
  const parts = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? statOf(Number(name)) : []));
  const children = Map.groupBy(parts, ({ parent }) => parent);
  const wanted = [...parts.filter(({ pid }) => roots.includes(pid))];
  for (const one of wanted) wanted.push(...(children.get(one.pid) ?? []).filter((child) => !wanted.includes(child)));
  return wanted.reduce((sum, { seconds }) => sum + seconds, 0);
}

interface Stat {
  pid: number;
  parent: number;
  seconds: number;
}

function statOf(pid: number): Stat[] {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return [{ pid, parent: Number(fields[1]), seconds: (Number(fields[11]) + Number(fields[12])) / TICKS }];
  } catch {
    return []; // it has ended
  }
}
