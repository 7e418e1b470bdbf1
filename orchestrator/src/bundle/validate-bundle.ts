/** One bundle checked at once, without settling: what the commands `validate` and `build` ask for. */
import { basename, dirname, resolve } from 'node:path';
import type { DesiredAgent, Problem } from '../domain/desired.ts';
import { HairemError } from '../domain/errors.ts';
import { DEFAULT_GRANT, type Grants } from '../domain/grants.ts';
import { ceilingProblems } from './check-ceilings.ts';
import { createCodeChecker } from './code-checker.ts';
import { LOCAL_LISTER } from './folder-lister.ts';
import { type Rating, rateBundle } from './rate-bundle.ts';
import { type BaseHashes, type BundleRead, type BundleRequest, lookAtBundle, readBundle } from './read-bundle.ts';

export interface Validation {
  id: string;
  folder: string;
  valid: boolean;
  /** Errors and warnings. */
  problems: readonly Problem[];
  /** Null when it is invalid. */
  rating: Rating | null;
}

/**
 * Throws HairemError not_found when there is no such folder, conflict when it is being written to.
 * @param grants the owner's list where it can be read from here
 */
export async function validateBundle(path: string, grants: Grants = () => DEFAULT_GRANT): Promise<Validation> {
  const read = await readOnce({ path, workDir: null, baseHashes: {}, grants });
  const folder = basename(resolve(path));
  if (read.kind === 'invalid')
    return { id: read.claimedId, folder, valid: false, problems: read.problems, rating: null };
  const { claimedId: id, version, warnings, places } = read;
  const grant = grants(id);
  const above = ceilingProblems({ agent: id, spec: version.spec, places }, grant);
  if (above.length > 0) return { id, folder, valid: false, problems: [...above, ...warnings], rating: null };
  return { id, folder, valid: true, problems: warnings, rating: rateBundle(version, grant) };
}

/** A bundle as desired state, with its snapshot in `workDir`. Throws as validateBundle. */
export async function loadBundle(request: {
  path: string;
  workDir: string;
  baseHashes: BaseHashes;
  grants?: Grants;
}): Promise<DesiredAgent> {
  const read = await readOnce({ grants: () => DEFAULT_GRANT, ...request });
  const folder = basename(resolve(request.path));
  if (read.kind === 'invalid') return { kind: 'invalid', id: read.claimedId, folder, problems: read.problems };
  const { claimedId: id, enabled, version, snapshot, warnings, literals, places } = read;
  return { kind: 'valid', id, folder, enabled, version, snapshot, warnings, literals, places };
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
}): Promise<Exclude<BundleRead, { kind: 'changed' }>> {
  const absolute = resolve(path);
  const checker = createCodeChecker();
  const where = { dir: dirname(absolute), folder: basename(absolute), lister: LOCAL_LISTER };
  try {
    return await readUnchanged({ ...where, workDir, baseHashes, grants, checker }, path);
  } finally {
    await checker.close();
  }
}

async function readUnchanged(request: BundleRequest, path: string): Promise<Exclude<BundleRead, { kind: 'changed' }>> {
  const walk = await lookAtBundle(request);
  if (walk === null) throw new HairemError('not_found', `there is no bundle ${path}`);
  const read = await readBundle(request, walk);
  const again = await lookAtBundle(request);
  if (read.kind !== 'changed' && again?.fingerprint === walk.fingerprint) return read;
  throw new HairemError('conflict', `${path} is being written to; try again`);
}
