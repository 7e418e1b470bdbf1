/**
 * Builds what a version runs from, and only what is missing: base image, dependency image, bundle image. Agents that
 * need the same one at the same time share one build.
 */

import { createSlots, type Slots } from '../async/semaphore.ts';
import { createSharedWork } from '../async/single-flight.ts';
import { bundleTag, depsTag, LABEL } from '../domain/labels.ts';
import { NO_PROXIES, type Proxies } from '../domain/network/proxies.ts';
import type { ContainerHost, ImageBuild } from '../domain/ports/ports.ts';
import type { Runtime, Version } from '../domain/version.ts';
import { type BaseImages, baseImageBuild, baseStage } from './base-image.ts';
import { packContext } from './build-context.ts';
import { type BuildInSlot, type BuildProgress, type Ensure, type Wanted, withLines } from './build-request.ts';
import { createInstaller } from './dependency-image.ts';
import { bundleDockerfile } from './dockerfile.ts';
import { type Mirrors, NO_MIRRORS } from './package-indexes.ts';

export interface ImageBuilderOptions {
  host: Pick<ContainerHost, 'buildImage' | 'openIndexes' | 'removeStages'>;
  /** Owns the images of bundles; the others belong to every installation on the engine. */
  installId: string;
  bases: BaseImages;
  /** Where packages come from instead of the public indexes. */
  mirrors?: Mirrors;
  /** Certificates to trust, as files of each image; none by default. */
  ca?: readonly { name: string; text: string }[];
  /** Of the home; none by default. */
  proxies?: Proxies;
  /** Begins the names of its slots: two builders of one installation have their own. */
  slots?: string;
  /** Installs at once, and beside them as many bundle images; 2 by default. */
  limit?: number;
}

export interface BundleImageRequest extends BuildProgress, Wanted {}

/** Errors: build_failed, bundle_invalid, engine_unavailable, engine_refused, and the signal's reason. */
export interface ImageBuilder {
  /** @returns the tag of the version's image */
  ensureImage(request: BundleImageRequest): Promise<string>;
}

/** One COPY layer takes no longer, whatever else the engine does. */
const BUNDLE_SECONDS = 120;

export function createImageBuilder(options: ImageBuilderOptions): ImageBuilder {
  const {
    host,
    installId,
    bases,
    mirrors = NO_MIRRORS,
    ca = [],
    proxies = NO_PROXIES,
    slots = '',
    limit = 2,
  } = options;
  const shared = createSharedWork<string>();
  // Of their own: an agent that has its dependencies waits for nobody's downloads.
  const bundleSlots = createSlots(limit);
  const inSlot = buildInSlots(host, bundleSlots);

  const ensure: Ensure = async (tag, progress, make) => {
    const found = progress.images.find((image) => image.tag === tag);
    if (found) return found.id;
    return shared({ key: tag, signal: progress.signal, run: (signal) => make({ ...progress, signal }) });
  };

  const ensureBase = (runtime: Runtime, progress: BuildProgress) =>
    ensure(bases[runtime].tag, progress, async (whoever) => {
      const build = baseImageBuild(bases[runtime], { installId, ca, proxies });
      const id = await inSlot(`base ${runtime}`, withLines(build, whoever), whoever.signal);
      await host.removeStages(baseStage(runtime)).catch(() => {});
      return id;
    });

  const installer = createInstaller({
    host,
    installId,
    baseHash: bases.node.hash,
    mirrors,
    ca,
    proxies,
    ensure,
    ensureBase,
    inSlot,
    slots: createSlots(limit),
    grantedSlots: createSlots(1),
    slotPrefix: slots,
  });

  const ensureDependencies = (wanted: Wanted, progress: BuildProgress): Promise<string> =>
    ensure(depsTag(wanted.version.depsHash), progress, (whoever) => installer.install(wanted, whoever));

  function ensureBundle({ version, snapshot }: Wanted, progress: BuildProgress): Promise<string> {
    const tag = bundleTag(version.agent, version.imageHash);
    return ensure(tag, progress, async (whoever) => {
      const below = snapshot.hasDependencies
        ? ensureDependencies({ version, snapshot }, whoever)
        : ensureBase(version.runtime, whoever);
      const labels = bundleLabels(version, installId);
      const files = ca.map(({ name, text }) => ({ name: `code/${name}`, text }));
      const dockerfile = bundleDockerfile({ from: await below, labels });
      const context = packContext({ folder: `${snapshot.dir}/code`, as: 'code', dockerfile, files });
      const build: ImageBuild = { tag, labels, labelsIn: 'context', context, seconds: BUNDLE_SECONDS };
      return inSlot(version.agent, withLines(build, whoever), whoever.signal);
    });
  }

  return {
    async ensureImage({ version, snapshot, ...progress }) {
      await ensureBundle({ version, snapshot }, progress);
      return bundleTag(version.agent, version.imageHash);
    },
  };
}

function buildInSlots(host: Pick<ContainerHost, 'buildImage'>, slots: Slots): BuildInSlot {
  return async (owner, build, signal) => {
    try {
      const slot = await slots(owner, signal);
      return await host.buildImage({ ...build, signal }).finally(slot.release);
    } finally {
      build.context.destroy();
    }
  };
}

const bundleLabels = ({ agent, depsHash }: Version, installId: string) => ({
  [LABEL.orchestrator]: installId,
  [LABEL.kind]: 'bundle',
  [LABEL.agent]: agent,
  [LABEL.depsHash]: depsHash,
});
