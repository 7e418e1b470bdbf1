/** The shared BaseAgent image of one runtime: its content hash names it, so an update of it is a new image. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type HashedFile, hashFiles, sha256 } from '../bundle/content-hash.ts';
import { HairemError } from '../domain/errors/errors.ts';
import { baseTag, LABEL } from '../domain/labels.ts';
import { type Proxies, proxyArguments } from '../domain/network/proxies.ts';
import type { ImageBuild } from '../domain/ports/ports.ts';
import type { Runtime } from '../domain/version.ts';
import { leftBy } from '../ignored/ignored-names.ts';
import { packContext } from './build-context.ts';
import { type BuildSettings, NO_MIRRORS, settingsFor } from './package-indexes.ts';

export interface BaseImage {
  runtime: Runtime;
  /** Part of every depsHash. */
  hash: string;
  tag: string;
  /** The folder that it is built from. */
  dir: string;
  /** Its stages alone: the classic builder would build those of the other runtimes before them. */
  dockerfile: string;
}

export type BaseImages = Readonly<Record<Runtime, BaseImage>>;

const SOURCE: Record<Runtime, string> = { node: 'typescript', python: 'python' };
/** Never part of an image, and so no reason to build one. */
const LEFT_OUT = new Set(['test', 'tests']);

/** @throws bad_config where the folder is not that of our base images */
export async function readBaseImages(dir: string): Promise<BaseImages> {
  const [node, python] = await Promise.all([readBaseImage(dir, 'node'), readBaseImage(dir, 'python')]);
  return { node, python };
}

/** @param caHash of certificates that are in every image beside it; null for none */
export function baseHashesOf({ node, python }: BaseImages, caHash: string | null) {
  const combined = (hash: string) => (caHash === null ? hash : sha256(`${hash} ${caHash}`));
  return { node: combined(node.hash), python: combined(python.hash) };
}

/** @throws bad_config where the folder is not that of our base images */
export async function readBaseImage(dir: string, runtime: Runtime): Promise<BaseImage> {
  try {
    const dockerfile = stageOf(await readFile(join(dir, 'Dockerfile'), 'utf8'), runtime);
    const files = (await readdir(dir, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !isLeftOut(dir, runtime, path));
    const stage: HashedFile = {
      path: 'Dockerfile',
      mode: 0o644,
      sha256: sha256(Buffer.from(standingOn(dockerfile, runtime))),
    };
    const hash = hashFiles([stage, ...(await Promise.all(files.map((path) => hashFile(dir, path))))]);
    return { runtime, hash, tag: baseTag(runtime, hash), dir, dockerfile };
  } catch (error) {
    throw new HairemError('bad_config', `the base image's folder ${dir} cannot be read`, { cause: error });
  }
}

/**
 * Who builds it, and how its packages are reached: nothing of it is in the image or its hash. No mirrors: they may have
 * what agents need alone, and be known to the proxy beside an install alone.
 */
export interface BaseSurroundings extends Pick<BuildSettings, 'ca'> {
  installId: string;
  proxies: Proxies;
}

export function baseImageBuild(image: BaseImage, { installId, ca = [], proxies }: BaseSurroundings): ImageBuild {
  const { dir, runtime, dockerfile, tag } = image;
  const ignore = (path: string) => isLeftOut(dir, runtime, path);
  const files = settingsFor({ mirrors: NO_MIRRORS, sources: [], ca });
  return {
    tag,
    labels: { [LABEL.kind]: 'base', [LABEL.maker]: installId },
    context: packContext({ folder: dir, as: null, ignore, dockerfile, files }),
    target: runtime,
    args: { HAIREM_INSTALL: installId, ...proxyArguments(proxies) },
  };
}

/** By this label its first stage is found, and removed when it is built. */
export const baseStage = (runtime: Runtime) => `base-${runtime}`;

/** Ours stands on the same image as the agents': when that brings another Node, the base image is another one. */
const standingOn = (dockerfile: string, runtime: Runtime) =>
  runtime === 'node' ? `# Node ${process.version}\n${dockerfile}` : dockerfile;

/** That of the runtime, and the one before it that fetches its packages; what stands before the first FROM is nobody's. */
function stageOf(dockerfile: string, runtime: Runtime): string {
  const stages = dockerfile.split(/^(?=FROM )/m);
  const named = (name: string) => stages.find((stage) => new RegExp(`^FROM \\S+ AS ${name}$`, 'm').test(stage));
  const own = named(runtime);
  if (own === undefined) throw new Error(`its Dockerfile has no stage ${runtime}`);
  return `${named(`${runtime}-packages`) ?? ''}${own}`;
}

function isLeftOut(dir: string, runtime: Runtime, path: string): boolean {
  const segments = relative(dir, path).split(sep);
  const [top = ''] = segments;
  if (top !== '' && top !== SOURCE[runtime]) return true;
  return segments.some((segment) => LEFT_OUT.has(segment) || leftBy(segment) !== null);
}

async function hashFile(dir: string, path: string): Promise<HashedFile> {
  const [bytes, { mode }] = await Promise.all([readFile(path), stat(path)]);
  return { path: relative(dir, path).replaceAll(sep, '/'), mode: mode & 0o111 ? 0o755 : 0o644, sha256: sha256(bytes) };
}
