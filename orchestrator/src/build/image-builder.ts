/**
 * Builds what a version runs from, and only what is missing: base image, dependency image, bundle image. Agents that
 * need the same one at the same time share one build.
 */
import type { Snapshot } from '../domain/desired.ts';
import { bundleTag, depsTag, LABEL } from '../domain/labels.ts';
import type { ObservedImage } from '../domain/observation.ts';
import type { ContainerHost, ImageBuild } from '../domain/ports.ts';
import type { Runtime, Version } from '../domain/version.ts';
import { type BaseImages, baseImageBuild } from './base-image.ts';
import { bundleDockerfile, dependencyDockerfile } from './dockerfile.ts';
import { packContext } from './pack-context.ts';
import { createSharedWork } from './shared-work.ts';
import { createSlots } from './slots.ts';

export interface ImageBuilderOptions {
  host: Pick<ContainerHost, 'buildImage'>;
  /** Owns the images of bundles; the others belong to every installation on the engine. */
  installId: string;
  bases: BaseImages;
  /** Builds at once; 2 by default. */
  limit?: number;
}

export interface BuildProgress {
  /** What the last look at the engine found. */
  images: readonly ObservedImage[];
  /** Lines of the build that runs for this request, its dependencies' included. */
  onLine?: (line: string) => void;
  signal: AbortSignal;
}

interface Wanted {
  version: Version;
  snapshot: Snapshot;
}

export interface BundleImageRequest extends BuildProgress, Wanted {}

/** Errors: build_failed, bundle_invalid, engine_unavailable, engine_refused, and the signal's reason. */
export interface ImageBuilder {
  /** @returns the tag of the version's image */
  ensureImage(request: BundleImageRequest): Promise<string>;
}

/** Given the progress of whoever came first, with a signal that lasts as long as anyone waits. */
type MakeBuild = (progress: BuildProgress) => Promise<ImageBuild>;
type OneBuild = (build: ImageBuild, signal: AbortSignal) => Promise<string>;

export function createImageBuilder({ host, installId, bases, limit = 2 }: ImageBuilderOptions): ImageBuilder {
  const slots = createSlots(limit);
  const shared = createSharedWork<string>();

  const inSlot: OneBuild = async (build, signal) => {
    try {
      const release = await slots(signal);
      return await host.buildImage({ ...build, signal }).finally(release);
    } finally {
      build.context.destroy();
    }
  };

  /** @returns the id of the image with this tag, built where the last look did not find it */
  async function ensure(tag: string, progress: BuildProgress, make: MakeBuild): Promise<string> {
    const found = progress.images.find((image) => image.tag === tag);
    if (found) return found.id;
    const { onLine } = progress;
    const run = async (signal: AbortSignal) => {
      const build = await make({ ...progress, signal });
      return inSlot({ ...build, ...(onLine ? { onLine } : {}) }, signal);
    };
    return shared({ key: tag, signal: progress.signal, run });
  }

  const ensureBase = (runtime: Runtime, progress: BuildProgress) =>
    ensure(bases[runtime].tag, progress, async () => baseImageBuild(bases[runtime]));

  function ensureDependencies({ version, snapshot }: Wanted, progress: BuildProgress): Promise<string> {
    const tag = depsTag(version.depsHash);
    return ensure(tag, progress, async (whoever) => {
      const { runtime } = version;
      const from = await ensureBase(runtime, whoever);
      if (!snapshot.hasLock) whoever.onLine?.(NO_LOCK[runtime]);
      const labels = { [LABEL.kind]: 'deps', [LABEL.depsHash]: version.depsHash };
      const dockerfile = dependencyDockerfile({ from, labels, runtime, hasLock: snapshot.hasLock });
      return { tag, labels, labelsIn: 'context', context: contextOf(snapshot, 'deps', dockerfile) };
    });
  }

  function ensureBundle({ version, snapshot }: Wanted, progress: BuildProgress): Promise<string> {
    const tag = bundleTag(version.agent, version.imageHash);
    return ensure(tag, progress, async (whoever) => {
      const below = snapshot.hasDependencies
        ? ensureDependencies({ version, snapshot }, whoever)
        : ensureBase(version.runtime, whoever);
      const labels = bundleLabels(version, installId);
      const dockerfile = bundleDockerfile({ from: await below, labels });
      return { tag, labels, labelsIn: 'context', context: contextOf(snapshot, 'code', dockerfile) };
    });
  }

  return {
    async ensureImage({ version, snapshot, ...progress }) {
      await ensureBundle({ version, snapshot }, progress);
      return bundleTag(version.agent, version.imageHash);
    },
  };
}

const NO_LOCK: Readonly<Record<Runtime, string>> = {
  node: 'no lock file: the newest matching versions are installed, and may differ next time',
  python: 'no hashes in requirements.txt: what is installed may differ next time',
};

const bundleLabels = ({ agent, depsHash }: Version, installId: string) => ({
  [LABEL.orchestrator]: installId,
  [LABEL.kind]: 'bundle',
  [LABEL.agent]: agent,
  [LABEL.depsHash]: depsHash,
});

const contextOf = (snapshot: Snapshot, part: 'code' | 'deps', dockerfile: string) =>
  packContext({ folder: `${snapshot.dir}/${part}`, as: part, dockerfile });
