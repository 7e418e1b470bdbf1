/** What the engine itself counts of containers and images: memory as `docker stats` shows it, CPU time, layers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL } from '../../orchestrator/src/domain/labels.ts';
import { engine } from '../support/host/engine.ts';

interface Stats {
  memory_stats: { usage: number; stats: Record<string, number> };
  cpu_stats: { cpu_usage: { total_usage: number } };
}

const stats = (id: string) => engine<Stats>('GET', `/containers/${id}/stats?stream=false&one-shot=true`);

const MIB = 2 ** 20;
const READINGS = 5;

/** The median of some readings, a second apart. */
export async function memoryMib(container: string): Promise<number> {
  const readings: number[] = [];
  while (readings.length < READINGS) {
    readings.push(inUse(await stats(container)));
    await sleep(1000);
  }
  return Number(((readings.sort((a, b) => a - b)[Math.floor(READINGS / 2)] ?? 0) / MIB).toFixed(2));
}

/** Usage less the page cache that nobody uses; cgroup v1 and v2 name it differently. */
function inUse({ memory_stats: { usage, stats: parts } }: Stats): number {
  return usage - (parts.total_inactive_file ?? parts.inactive_file ?? 0);
}

/** Percent of one core that it used while `act` ran. */
export async function cpuPercent(container: string, act: () => Promise<unknown>): Promise<number> {
  const read = async () => ({ at: performance.now(), used: (await stats(container)).cpu_stats.cpu_usage.total_usage });
  const before = await read();
  await act();
  const after = await read();
  return Number(((after.used - before.used) / 1e4 / (after.at - before.at)).toFixed(2));
}

interface ImageDetail {
  Size: number;
  RootFS: { Layers: string[] };
}

const inspectImage = (id: string) => engine<ImageDetail>('GET', `/images/${id}/json`);

async function imagesWith(...labels: string[]): Promise<ImageDetail[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: labels }));
  const found = await engine<{ Id: string }[]>('GET', `/images/json?filters=${filters}`);
  return Promise.all(found.map(({ Id }) => inspectImage(Id)));
}

/** What `count` bundles of an installation add to the base image: each layer of their own, once. Megabytes. */
export async function diskMbOfBundles(installId: string, count: number): Promise<number> {
  const bundles = await imagesWith(`${LABEL.orchestrator}=${installId}`, `${LABEL.kind}=bundle`);
  if (bundles.length < count) throw new Error(`there are ${bundles.length} bundles' images, and not ${count}`);
  const bases = await imagesWith(`${LABEL.kind}=base`);
  const own = new Map(bundles.slice(0, count).map((bundle) => ownLayers(bundle, bases)));
  return Number(([...own.values()].reduce((sum, bytes) => sum + bytes, 0) / 1e6).toFixed(3));
}

/** @returns its layers above the base image, and their size */
function ownLayers({ Size, RootFS }: ImageDetail, bases: readonly ImageDetail[]): [layers: string, bytes: number] {
  const below = bases
    .filter((base) => base.RootFS.Layers.every((layer, index) => RootFS.Layers[index] === layer))
    .sort((a, b) => b.RootFS.Layers.length - a.RootFS.Layers.length)[0];
  if (!below) throw new Error('a bundle whose image stands on no base image');
  return [RootFS.Layers.slice(below.RootFS.Layers.length).join(' '), Size - below.Size];
}

export interface EngineVersion {
  name: string;
  version: string;
  api: string;
}

export async function engineVersion(): Promise<EngineVersion> {
  const answer = await engine<{ Platform?: { Name?: string }; Version: string; ApiVersion: string }>('GET', '/version');
  return { name: answer.Platform?.Name || 'Docker Engine', version: answer.Version, api: answer.ApiVersion };
}
