/** What the builds of one version share: for whom, what is there already, and how one is made where it is missing. */
import type { Snapshot } from '../domain/desired.ts';
import type { ObservedImage } from '../domain/observation.ts';
import type { ImageBuild } from '../domain/ports/ports.ts';
import type { Version } from '../domain/version.ts';

export interface BuildProgress {
  /** What the last look at the engine found. */
  images: readonly ObservedImage[];
  /** Lines of the build that runs for this request, its dependencies' included. */
  onLine?: (line: string) => void;
  signal: AbortSignal;
}

export interface Wanted {
  version: Version;
  snapshot: Snapshot;
}

/** Given the progress of whoever came first, with a signal that lasts as long as anyone waits. @returns the image id */
export type MakeImage = (progress: BuildProgress) => Promise<string>;
/** @returns the id of the image with this tag, made where the last look did not find it */
export type Ensure = (tag: string, progress: BuildProgress, make: MakeImage) => Promise<string>;
/** One build in a slot of this owner. */
export type BuildInSlot = (owner: string, build: ImageBuild, signal: AbortSignal) => Promise<string>;

export const withLines = (build: ImageBuild, { onLine }: BuildProgress): ImageBuild =>
  onLine ? { ...build, onLine } : build;
