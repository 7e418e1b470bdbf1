/**
 * One folder over time: remembers what was accepted, so that an untouched bundle is not read again, and accepts a
 * change only once it has settled. A save costs one read with hash at once and one confirming look 40 ms later.
 */
import type { AgentId } from '../domain/agent.ts';
import { asHairemError } from '../domain/errors.ts';
import { type BundleRead, type BundleRequest, claimedId, lookAtBundle, readBundle } from './read-bundle.ts';
import {
  FIRST_GAP_MS,
  fingerprintIsProof,
  LONGEST_GAP_MS,
  NEW_BUNDLE_MS,
  readyAt,
  type Settling,
  settle,
} from './settle.ts';
import type { Walk } from './walk-bundle.ts';

/** How soon content is compared again while timestamps prove nothing. */
const DOUBT_MS = 500;

export type CompleteRead = Exclude<BundleRead, { kind: 'changed' }>;

interface Remembered {
  fingerprint: string;
  /** Whether an equal fingerprint proves equal content. */
  isProof: boolean;
  read: CompleteRead;
}

export interface BundleMemory {
  settling: Settling | null;
  /** Read, but not yet confirmed by a second look. */
  candidate: Remembered | null;
  accepted: Remembered | null;
  wasValid: boolean;
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
}

const UNSEEN: BundleMemory = { settling: null, candidate: null, accepted: null, wasValid: false, lastId: null };

/** @returns null when the folder is gone. */
export async function followBundle(request: FollowRequest): Promise<FollowedBundle | null> {
  const memory = request.previous ?? UNSEEN;
  try {
    const walk = await lookAtBundle(request);
    if (walk === null) return null;
    const { accepted } = memory;
    if (accepted?.fingerprint === walk.fingerprint) {
      return accepted.isProof
        ? { memory, read: accepted.read, recheckInMs: null }
        : await doubt(request, { memory, walk, accepted });
    }
    return await settleBundle(request, memory, walk);
  } catch (error) {
    return broken(memory, { claimedId: memory.lastId ?? (await claimedId(request)), error });
  }
}

async function settleBundle(request: FollowRequest, memory: BundleMemory, walk: Walk): Promise<FollowedBundle> {
  const { now } = request;
  const settling = settle(memory.settling, { fingerprint: walk.fingerprint, now });
  const candidate = memory.candidate?.fingerprint === walk.fingerprint ? memory.candidate : null;
  const waiting = { ...memory, settling, candidate, lastId: memory.lastId ?? (await claimedId(request)) };
  const wait = readyAt(settling, memory) - now;
  if (wait > 0 && !isLongQuiet(request, walk)) {
    const readsNow = candidate === null && memory.wasValid && settling.gap <= 2 * FIRST_GAP_MS;
    const early = readsNow ? await remember(request, walk, settling) : candidate;
    return { memory: { ...waiting, candidate: early }, read: null, recheckInMs: wait };
  }
  if (candidate?.isProof) return accept(waiting, candidate);
  return confirm(request, waiting, walk);
}

/** Reads, and looks once more, so that nothing was written between the look and the read. */
async function confirm(request: FollowRequest, memory: BundleMemory, walk: Walk): Promise<FollowedBundle> {
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
  { memory, walk, accepted }: { memory: BundleMemory; walk: Walk; accepted: Remembered },
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
  const lastId = kind === 'invalid' && memory.wasValid ? memory.lastId : id;
  return {
    memory: { ...memory, settling, candidate: null, accepted, wasValid: memory.wasValid || kind === 'valid', lastId },
    read: accepted.read,
    recheckInMs: accepted.isProof ? null : DOUBT_MS,
  };
}

async function remember(request: FollowRequest, walk: Walk, settling: Settling | null): Promise<Remembered | null> {
  const read = await readBundle(request, walk);
  if (read.kind === 'changed') return null;
  const { newestMs, fingerprint } = walk;
  const seenForMs = request.now - (settling?.changedAt ?? request.now);
  return { fingerprint, read, isProof: fingerprintIsProof({ newestMs, wallNow: request.wallNow, seenForMs }) };
}

const isLongQuiet = ({ isFirstScan, wallNow }: FollowRequest, { newestMs }: Walk) =>
  isFirstScan && wallNow - newestMs > 2 * NEW_BUNDLE_MS;

/** A failure that is not the bundle's fault, for example a full disk: said, not remembered, tried again. */
function broken(memory: BundleMemory, { claimedId, error }: { claimedId: AgentId; error: unknown }): FollowedBundle {
  const message = `could not be copied: ${asHairemError(error).message}`;
  const problems = [{ severity: 'error' as const, file: '', line: null, column: null, path: '', message }];
  return { memory, read: { kind: 'invalid', claimedId, contentHash: '', problems }, recheckInMs: LONGEST_GAP_MS };
}
