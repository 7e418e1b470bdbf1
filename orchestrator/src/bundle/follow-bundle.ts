/**
 * One folder over time: remembers what was accepted, so that an untouched bundle is not read again, and accepts a
 * change only once it has settled. A save costs one read with hash at once and one confirming look 40 ms later.
 */

import type { AgentId } from '../domain/agent.ts';
import { codesIn } from '../domain/errors/error-codes.ts';
import { isError } from '../domain/errors/error-text.ts';
import { asHairemError } from '../domain/errors/errors.ts';
import { claimedId } from './claimed-id.ts';
import {
  FIRST_GAP_MS,
  fingerprintIsProof,
  LONGEST_GAP_MS,
  NEW_BUNDLE_MS,
  readyAt,
  type Settling,
  settle,
} from './debounce.ts';
import type { IgnoreRule } from './files/ignore-rules.ts';
import { faultyFile, fileFault } from './files/read-error.ts';
import { isHalfway, NOTHING, type Whole, wholeOf } from './files/special-files.ts';
import { type BundleRequest, type CompleteRead, type Look, lookAtBundle, readBundle } from './read-bundle.ts';

/** How soon content is compared again while timestamps prove nothing. */
const DOUBT_MS = 500;

interface Remembered {
  fingerprint: string;
  /** Whether an equal fingerprint proves equal content. */
  isProof: boolean;
  read: CompleteRead;
  whole: Whole;
}

export interface BundleMemory {
  settling: Settling | null;
  /** Read, but not yet confirmed by a second look. */
  candidate: Remembered | null;
  accepted: Remembered | null;
  wasValid: boolean;
  /** What it had when it was last valid. */
  had: Whole;
  /** Exceptions of its `.hairemignore`: what tools leave and it wants all the same. */
  exceptions: readonly IgnoreRule[];
  lastId: AgentId | null;
  /** What its dependencies were granted when it was read. */
  granted?: string;
}

export interface FollowedBundle {
  memory: BundleMemory;
  /** Null while settling. */
  read: CompleteRead | null;
  recheckInMs: number | null;
}

export interface FollowRequest extends BundleRequest {
  previous: BundleMemory | null;
  now: number;
  wallNow: number;
  /** First scan of this process: what has been quiet for long by its own timestamps need not prove it again. */
  isFirstScan: boolean;
  /** The agent that is known to come from this folder, whatever is left in it; null for none. */
  knownAs: AgentId | null;
}

const UNSEEN: BundleMemory = {
  settling: null,
  candidate: null,
  accepted: null,
  wasValid: false,
  had: NOTHING,
  exceptions: [],
  lastId: null,
};

/**
 * A folder without manifest and logic is no bundle; one that was an agent and lost both is a broken one.
 * @returns null when the folder is gone, or is no bundle
 */
export async function followBundle(request: FollowRequest): Promise<FollowedBundle | null> {
  const memory = request.previous ?? UNSEEN;
  try {
    const isKnown = memory.wasValid || request.knownAs !== null;
    const walk = await lookAtBundle({ ...request, isKnown });
    if (walk === null || (!walk.isBundle && !isKnown)) return null;
    const { accepted } = memory;
    if (accepted?.fingerprint === walk.fingerprint) {
      return accepted.isProof
        ? { memory, read: accepted.read, recheckInMs: null }
        : await doubt(request, { memory, walk, accepted });
    }
    return await settleBundle(request, memory, walk);
  } catch (error) {
    return broken(request, memory, { claimedId: memory.lastId ?? (await claimedId(request)), thrown: error });
  }
}

async function settleBundle(request: FollowRequest, memory: BundleMemory, walk: Look): Promise<FollowedBundle> {
  const { now } = request;
  const settling = settle(memory.settling, { fingerprint: walk.fingerprint, now });
  const candidate = memory.candidate?.fingerprint === walk.fingerprint ? memory.candidate : null;
  const { exceptions } = walk;
  const lastId = memory.lastId ?? (walk.isBundle ? null : request.knownAs) ?? (await claimedId(request));
  const waiting = { ...memory, settling, candidate, exceptions, lastId };
  const halfway = isHalfway(walk.root, memory.had);
  const wait = readyAt(settling, { ...memory, isHalfway: halfway }) - now;
  if (wait > 0 && !isLongQuiet(request, walk)) {
    const readsNow = candidate === null && memory.wasValid && !halfway && settling.gap <= 2 * FIRST_GAP_MS;
    const early = readsNow ? await remember(request, walk, settling) : candidate;
    return { memory: { ...waiting, candidate: early }, read: null, recheckInMs: wait };
  }
  if (candidate?.isProof) return accept(waiting, candidate);
  return confirm(request, waiting, walk);
}

/** Reads, and looks once more, so that nothing was written between the look and the read. */
async function confirm(request: FollowRequest, memory: BundleMemory, walk: Look): Promise<FollowedBundle> {
  const fresh = await remember(request, walk, memory.settling);
  const again = await lookAtBundle(request);
  const before = memory.candidate;
  const isSame = before === null || before.read.contentHash === fresh?.read.contentHash;
  if (fresh !== null && isSame && again?.fingerprint === walk.fingerprint) return accept(memory, fresh);
  const settling = memory.settling && { ...memory.settling, changedAt: request.now };
  return {
    memory: { ...memory, settling, candidate: fresh },
    read: null,
    recheckInMs: memory.settling?.gap ?? FIRST_GAP_MS,
  };
}

/** Equal timestamps that prove nothing yet: compare content. */
async function doubt(
  request: FollowRequest,
  { memory, walk, accepted }: { memory: BundleMemory; walk: Look; accepted: Remembered },
): Promise<FollowedBundle> {
  const fresh = await remember(request, walk, memory.settling);
  if (fresh?.read.contentHash === accepted.read.contentHash) return accept(memory, fresh);
  const settling: Settling = { fingerprint: walk.fingerprint, changedAt: request.now, gap: FIRST_GAP_MS, open: true };
  return { memory: { ...memory, settling, accepted: null, candidate: fresh }, read: null, recheckInMs: FIRST_GAP_MS };
}

function accept(memory: BundleMemory, accepted: Remembered): FollowedBundle {
  const settling = memory.settling && { ...memory.settling, open: false };
  const { kind, claimedId: id } = accepted.read;
  // While it is invalid it stays the bundle of what runs, also when its `id` can no longer be read.
  const staysItself = kind === 'invalid' && (memory.wasValid || accepted.whole.parts.size === 0);
  const lastId = staysItself ? (memory.lastId ?? id) : id;
  const wasValid = memory.wasValid || kind === 'valid';
  const had = kind === 'valid' ? accepted.whole : memory.had;
  return {
    memory: { ...memory, settling, candidate: null, accepted, wasValid, had, lastId },
    read: accepted.read,
    recheckInMs: accepted.isProof ? null : DOUBT_MS,
  };
}

async function remember(request: FollowRequest, walk: Look, settling: Settling | null): Promise<Remembered | null> {
  const read = await readBundle(request, walk);
  if (read.kind === 'changed') return null;
  const { newestMs, fingerprint } = walk;
  const seenForMs = request.now - (settling?.changedAt ?? request.now);
  const whole = wholeOf(walk.root);
  return { fingerprint, read, whole, isProof: fingerprintIsProof({ newestMs, wallNow: request.wallNow, seenForMs }) };
}

const isLongQuiet = ({ isFirstScan, wallNow }: FollowRequest, { newestMs }: Look) =>
  isFirstScan && wallNow - newestMs > 2 * NEW_BUNDLE_MS;

/** A failure that may pass, of the file system or of our own disk: said, not remembered, tried again. */
function broken(
  { dir, folder }: Pick<FollowRequest, 'dir' | 'folder'>,
  memory: BundleMemory,
  { claimedId, thrown }: { claimedId: AgentId; thrown: unknown },
): FollowedBundle {
  const inside = pathInside(`${dir}/${folder}`, thrown);
  const error = inside === null ? asHairemError(thrown) : fileFault(inside, thrown);
  const file = faultyFile(error);
  const isOurs = file === '' && inside === null;
  // Of our own disk, or of nothing that has to do with files.
  const what = codesIn(thrown).length > 0 ? 'could not be copied' : 'cannot be taken now, and is tried again';
  const message = isOurs ? `${what}: ${error.message}` : error.message;
  const problems = [{ severity: 'error' as const, file, line: null, column: null, path: '', message }];
  return { memory, read: { kind: 'invalid', claimedId, contentHash: '', problems }, recheckInMs: LONGEST_GAP_MS };
}

/** What the file system names in its error, relative to the bundle; null where that is elsewhere. */
function pathInside(bundle: string, thrown: unknown): string | null {
  const path = isError(thrown) && 'path' in thrown && typeof thrown.path === 'string' ? thrown.path : '';
  return path === bundle || path.startsWith(`${bundle}/`) ? path.slice(bundle.length + 1) : null;
}
