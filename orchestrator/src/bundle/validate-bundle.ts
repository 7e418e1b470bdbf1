/** One bundle checked at once, without settling: what the commands `validate` and `build` ask for. */
import { basename, dirname, resolve } from 'node:path';
import type { DesiredAgent, Problem } from '../domain/desired.ts';
import { HairemError } from '../domain/errors/errors.ts';
import { DEFAULT_GRANT, type Grants } from '../domain/grants.ts';
import { ceilingProblems } from './check-ceilings.ts';
import { createCodeChecker } from './code/code-checker.ts';
import { LOCAL_LISTER } from './files/folder-lister.ts';
import type { LeftOut } from './files/walk-progress.ts';
import { type Rating, rateBundle } from './rate-bundle.ts';
import {
  type BaseHashes,
  type BundleRequest,
  type CompleteRead,
  type Look,
  lookAtBundle,
  readBundle,
} from './read-bundle.ts';

export interface Validation {
  id: string;
  folder: string;
  valid: boolean;
  /** Errors and warnings. */
  problems: readonly Problem[];
  /** Null when it is invalid. */
  rating: Rating | null;
  /** What is in the folder and not in the image, the first thousand; `left_out_count` says how many there are. */
  left_out: readonly LeftOut[];
  left_out_count: number;
}

/**
 * Throws HairemError not_found when there is no such folder, conflict when it is being written to.
 * @param grants the owner's list where it can be read from here
 */
export async function validateBundle(path: string, grants: Grants = () => DEFAULT_GRANT): Promise<Validation> {
  const { read, look } = await readOnce({ path, workDir: null, baseHashes: {}, grants });
  const id = read.claimedId;
  const common = { id, folder: basename(resolve(path)), left_out: look.leftOut, left_out_count: look.leftOutCount };
  if (read.kind === 'invalid') return { ...common, valid: false, problems: read.problems, rating: null };
  const { version, warnings, places } = read;
  const grant = grants(id);
  const above = ceilingProblems({ agent: id, spec: version.spec, places }, grant);
  if (above.length > 0) return { ...common, valid: false, problems: [...above, ...warnings], rating: null };
  return { ...common, valid: true, problems: warnings, rating: rateBundle(version, grant) };
}

/** A bundle as desired state, with its snapshot in `workDir`. Throws as validateBundle. */
export async function loadBundle(request: {
  path: string;
  workDir: string;
  baseHashes: BaseHashes;
  grants?: Grants;
}): Promise<DesiredAgent> {
  const { read } = await readOnce({ grants: () => DEFAULT_GRANT, ...request });
  const folder = basename(resolve(request.path));
  if (read.kind === 'invalid') return { kind: 'invalid', id: read.claimedId, folder, problems: read.problems };
  const { claimedId: id, enabled, version, snapshot, warnings, literals, places } = read;
  return { kind: 'valid', id, folder, enabled, version, snapshot, warnings, literals, places };
}

interface ReadOnce {
  read: CompleteRead;
  look: Look;
}

async function readOnce({
  path,
  workDir,
  baseHashes,
  grants,
}: {
  path: string;
  workDir: string | null;
  baseHashes: BaseHashes;
  grants: Grants;
}): Promise<ReadOnce> {
  const absolute = resolve(path);
  const checker = createCodeChecker();
  const where = { dir: dirname(absolute), folder: basename(absolute), lister: LOCAL_LISTER };
  try {
    return await readUnchanged({ ...where, workDir, baseHashes, grants, checker }, path);
  } finally {
    await checker.close();
  }
}

async function readUnchanged(request: BundleRequest, path: string): Promise<ReadOnce> {
  const look = await lookAtBundle(request);
  if (look === null) throw new HairemError('not_found', `there is no bundle ${path}`);
  const read = await readBundle(request, look);
  const again = await lookAtBundle(request);
  if (read.kind !== 'changed' && again?.fingerprint === look.fingerprint) return { read, look };
  throw new HairemError('conflict', `${path} is being written to; try again`);
}
