/** How fast a save takes over: the floor, a code edit, a live edit and compose's watch, one of each in every round. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegistryEvent } from '../../orchestrator/src/domain/event.ts';
import { containerName } from '../../orchestrator/src/domain/labels.ts';
import { crewFolder, pythonEcho } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import { inspect } from '../support/host/engine.ts';
import type { Installation } from '../support/installation/installation.ts';
import { prepareComposeWatch } from './compose-watch.ts';
import { type EventEar, hearEvents } from './event-ear.ts';
import type { Floor, FloorParts } from './floor.ts';
import { type Phases, phasesOf } from './phases.ts';

export interface SpeedFigures {
  floor: FloorParts[];
  saveToActive: number[];
  live: number[];
  composeWatch: number[];
  phases: Phases[];
  /** From the start of the agent's process, as the engine knows it, until its `hello`. */
  startup: number[];
}

interface Bench {
  installation: Installation;
  floor: Floor;
  events: EventEar;
  /** The agent that is edited; it runs. */
  id: string;
  /** What is saved in a round. */
  logic: (n: number) => Promise<{ file: string; text: string }>;
}

/** One line more in each round. */
export const editOfEcho = async (n: number) => ({
  file: 'logic.ts',
  text: `${await readFile(join(crewFolder, 'echo', 'logic.ts'), 'utf8')}// ${n}\n`,
});

export const editOfPythonEcho = async (n: number) => ({
  file: 'logic.py',
  text: `${pythonEcho()['logic.py']}# ${n}\n`,
});

/** @param compare with compose's watch, too */
export async function measureSpeed(
  bench: Omit<Bench, 'events'>,
  { rounds, note, compare }: { rounds: number; note: (text: string) => void; compare: boolean },
): Promise<SpeedFigures> {
  const { installation, floor } = bench;
  const events = hearEvents(installation.api);
  const compose = compare ? await prepareComposeWatch(installation, floor) : null;
  const figures = noFigures();
  const all = { ...bench, events };
  try {
    await oneRound(all, { n: 0, compose, figures: noFigures() }); // warms everything up
    for (let n = 1; n <= rounds; n += 1) {
      await oneRound(all, { n, compose, figures });
      if (n % 5 === 0 || n === rounds) note(`save of ${bench.id} to ACTIVE: round ${n} of ${rounds}`);
    }
    return figures;
  } finally {
    await compose?.close();
    events.close();
  }
}

const noFigures = (): SpeedFigures => ({
  floor: [],
  saveToActive: [],
  live: [],
  composeWatch: [],
  phases: [],
  startup: [],
});

interface Round {
  n: number;
  compose: Awaited<ReturnType<typeof prepareComposeWatch>>;
  figures: SpeedFigures;
}

async function oneRound(bench: Bench, { n, compose, figures }: Round): Promise<void> {
  figures.floor.push(await bench.floor.measure());
  const { ms, startup, phases } = await saveCode(bench, n);
  figures.saveToActive.push(ms);
  figures.startup.push(startup);
  if (phases) figures.phases.push(phases);
  figures.live.push(await savePersona(bench, n));
  if (compose) figures.composeWatch.push(await compose.measure());
}

/** From the save until the new instance has said that it is active. */
async function saveCode(bench: Bench, n: number): Promise<{ ms: number; startup: number; phases: Phases | null }> {
  const { installation, events, id } = bench;
  const { instance } = await installation.api.agent(id);
  const says = (type: string) =>
    installation.bus.next(
      `the new instance says ${type}`,
      ({ agent, inst, message }) => agent === id && message.type === type && (inst ?? 0) > (instance ?? 0),
    );
  const [hello, active] = [says('hello'), says('active')];
  const savedAt = await saveNow(installation, { id, ...(await bench.logic(n)) });
  const { at } = await active;
  await untilQuiet(bench);
  const { timeOrigin } = performance;
  const update = { agent: id, savedAt, shown: events.shown, heard: installation.bus.heard, timeOrigin };
  const { at: saidHello, inst } = await hello;
  const started = (await inspect(containerName(installation.installId, id, inst ?? 0))).State.StartedAt;
  return { ms: at - savedAt, startup: saidHello - (Date.parse(started) - timeOrigin), phases: phasesOf(update) };
}

/** From the save until it is acknowledged and shown. */
async function savePersona(bench: Bench, n: number): Promise<number> {
  const { installation, events, id } = bench;
  const isShown = (event: RegistryEvent) => event.type === 'active' && event.agent === id;
  const shown = events.next(isShown);
  const savedAt = await saveNow(installation, { id, file: 'persona.yaml', text: `role: echo number ${n}\n` });
  const { at } = await shown;
  await untilQuiet(bench);
  return at - savedAt;
}

/** As editors save: written beside, then renamed. @returns the moment before the rename */
async function saveNow(
  { agents, root }: Installation,
  { id, file, text }: { id: string; file: string; text: string },
): Promise<number> {
  const draft = join(root, 'staging', 'bench-draft');
  await writeFile(draft, text);
  const savedAt = performance.now();
  await rename(draft, join(agents.dir, id, file));
  return savedAt;
}

/** The next measurement begins when this update has ended. */
async function untilQuiet({ installation, id }: Bench): Promise<void> {
  await eventually('the update has ended', async () => {
    const { last_update, bundle } = await installation.api.agent(id);
    return last_update?.result === 'ok' && bundle.running === bundle.desired;
  });
}

/** The median of each part. */
export function mediansOf<K extends string>(names: readonly K[], all: readonly Record<K, number>[]): Record<K, number> {
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const entries = names.map((name) => [name, Math.round(median(all.map((parts) => parts[name])))] as const);
  return Object.fromEntries(entries) as Record<K, number>;
}
