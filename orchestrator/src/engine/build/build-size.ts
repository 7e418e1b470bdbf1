/** Looks at what the step of a build that runs has written: the engine limits its memory and processes, and no disk. */
import * as z from 'zod';
import { HairemError } from '../../domain/errors/errors.ts';
import { LABEL } from '../../domain/labels.ts';
import type { Clock } from '../../domain/ports/ports.ts';
import type { Engine } from '../client.ts';

export interface BuildSize {
  engine: Pick<Engine, 'call'>;
  clock: Clock;
  /** Label of its stages. */
  run: string;
  tag: string;
  writtenBytes: number;
  /** The build is over. */
  signal: AbortSignal;
}

const LOOK_MS = 2_000;
/** Measuring walks every file: it may take one part in five of the engine's time. */
const SHARE = 4;

const rows = z.array(z.object({ SizeRw: z.number().nullish() }));

/** @returns why the build must end; null once the signal has aborted. A look that fails is left out. */
export async function untilTooMuchWritten(build: BuildSize): Promise<HairemError | null> {
  const { clock, signal, tag, writtenBytes } = build;
  let pause = LOOK_MS;
  while (!signal.aborted) {
    await clock.sleep(pause, signal).catch(() => {});
    const began = clock.now();
    const written = signal.aborted ? 0 : await writtenBy(build).catch(() => 0);
    if (written > writtenBytes) return tooMuch(tag, writtenBytes);
    pause = Math.max(LOOK_MS, (clock.now() - began) * SHARE);
  }
  return null;
}

async function writtenBy({ engine, run }: BuildSize): Promise<number> {
  const query = { all: true, size: true, filters: { label: [`${LABEL.build}=${run}`] } };
  const { body } = await engine.call({ method: 'GET', path: '/containers/json', query, seconds: 60 });
  return rows.parse(body).reduce((sum, { SizeRw }) => sum + (SizeRw ?? 0), 0);
}

const tooMuch = (tag: string, bytes: number) =>
  new HairemError(
    'build_failed',
    `the build of ${tag} was ended: it wrote more than ${Math.round(bytes / 2 ** 30)} GB`,
  );
