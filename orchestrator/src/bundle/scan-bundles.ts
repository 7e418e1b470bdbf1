/** The agents folder as desired state: every bundle followed, ids compared, and frozen when the folder is not to be believed. */
import { stat } from 'node:fs/promises';
import { type AgentId, toAgentId } from '../domain/agent.ts';
import type { DesiredAgent, DesiredCrew, Problem } from '../domain/desired.ts';
import { DEFAULT_GRANT, type Grants } from '../domain/grants.ts';
import { remoteFilesystem } from '../watch/filesystem-kind.ts';
import type { CodeChecker } from './code/code-checker.ts';
import { type FolderLister, LOCAL_LISTER, REMOTE_LISTER } from './files/folder-lister.ts';
import { isBundleName, judgeRoot, type RootLook, type RootMemory } from './files/root-state.ts';
import { pruneSnapshots } from './files/snapshots.ts';
import { codeOf } from './files/system-error.ts';
import { type BundleMemory, type FollowedBundle, followBundle } from './follow-bundle.ts';
import { LIMITS } from './limits.ts';
import type { BaseHashes } from './read-bundle.ts';

export interface ScanRequest {
  /** Absolute path of the agents folder. */
  dir: string;
  /** Absolute path of a private folder on the data volume for snapshots; made when absent. */
  workDir: string;
  baseHashes: BaseHashes;
  checker: CodeChecker;
  /** The owner's list as it stands now; nothing is granted without it. */
  grants?: Grants;
  /** What the last scan returned; null for the first one. */
  previous: ScanMemory | null;
  /** Monotonic milliseconds. */
  now: number;
  /** Wall-clock milliseconds, compared with the timestamps of files. */
  wallNow: number;
  /** Image hashes of builds that are under way: their snapshots stay. Null: all stay, they may be another's. */
  snapshotsInUse: ReadonlySet<string> | null;
  /** Whether agents of ours are known: an empty folder is then a fault, also on the first scan. */
  expectBundles: boolean;
  /** The agent that is known to come from a folder, over restarts; nobody is known without it. */
  knownAs?: (folder: string) => AgentId | null;
}

export interface ScanMemory {
  root: RootMemory;
  bundles: ReadonlyMap<string, BundleMemory>;
  agents: readonly DesiredAgent[];
  baseHashes: BaseHashes;
}

export interface ScanResult {
  crew: DesiredCrew;
  memory: ScanMemory;
  /** Look again after this time even if nothing is heard; null when all is settled. */
  recheckInMs: number | null;
  /** The folder was replaced under us: only a restart of the process sees the new one. */
  restartNeeded: boolean;
}

interface Verdict {
  folder: string;
  followed: FollowedBundle;
}

/** Never throws for what the folder holds. One scan at a time. */
export async function scanBundles(request: ScanRequest): Promise<ScanResult> {
  const { dir, expectBundles } = request;
  const lister = (await remoteFilesystem(dir)) === null ? LOCAL_LISTER : REMOTE_LISTER;
  const { look, folders } = await lookAtRoot(dir, lister);
  const root = judgeRoot(dir, look, { previous: request.previous?.root ?? null, expectBundles });
  if (root.frozen !== null) return frozenResult(request, root);
  const verdicts = await followAll(request, folders, lister);
  // Folders of a NAS alone are no crew.
  const bare = judgeRoot(
    dir,
    { ...look, bundles: verdicts.length },
    { previous: request.previous?.root ?? null, expectBundles },
  );
  if (bare.frozen !== null) return frozenResult(request, bare);
  const agents = withoutCollisions(verdicts.map(toDesired));
  const bundles = new Map(verdicts.map(({ folder, followed }) => [folder, followed.memory]));
  const { snapshotsInUse: inUse } = request;
  if (inUse) await pruneSnapshots(request.workDir, new Set([...inUse, ...rememberedHashes(bundles)]));
  const rechecks = verdicts.flatMap(({ followed }) => followed.recheckInMs ?? []);
  return {
    crew: { agents, frozen: null },
    memory: { root: bare.memory, bundles, agents, baseHashes: request.baseHashes },
    recheckInMs: rechecks.length === 0 ? null : Math.min(...rechecks),
    restartNeeded: false,
  };
}

function frozenResult({ previous, baseHashes }: ScanRequest, root: ReturnType<typeof judgeRoot>): ScanResult {
  const memory = previous ?? { root: root.memory, bundles: new Map(), agents: [], baseHashes };
  const { frozen, restartNeeded } = root;
  return { crew: { agents: memory.agents, frozen }, memory, recheckInMs: 2_000, restartNeeded };
}

async function lookAtRoot(dir: string, lister: FolderLister): Promise<{ look: RootLook; folders: string[] }> {
  try {
    const { dev, nlink, isDirectory } = await statRoot(dir);
    const names = isDirectory ? await lister.names(dir, LIMITS.entries) : [];
    const folders: string[] = [];
    for (const name of names.filter(isBundleName).sort())
      if (await isFolderOrLink(dir, name, lister)) folders.push(name);
    return { look: { dev, nlink, isFolder: isDirectory, error: '', bundles: folders.length }, folders };
  } catch (error) {
    return { look: { dev: null, nlink: 0, isFolder: false, error: codeOf(error), bundles: 0 }, folders: [] };
  }
}

async function statRoot(dir: string): Promise<{ dev: number; nlink: number; isDirectory: boolean }> {
  const stats = await stat(dir);
  return { dev: stats.dev, nlink: stats.nlink, isDirectory: stats.isDirectory() };
}

/** Files at the root are nobody's; a link is shown, and refused by the walk. What cannot be looked at is its own problem. */
async function isFolderOrLink(dir: string, name: string, lister: FolderLister): Promise<boolean> {
  const stats = await Promise.try(() => lister.lstat(`${dir}/${name}`)).catch(() => 'unknown' as const);
  if (stats === 'unknown') return true;
  return stats !== null && (stats.isDirectory() || stats.isSymbolicLink());
}

async function followAll(request: ScanRequest, folders: readonly string[], lister: FolderLister): Promise<Verdict[]> {
  const { dir, workDir, baseHashes, checker, grants = () => DEFAULT_GRANT, now, wallNow, previous } = request;
  const known = isSameBase(previous?.baseHashes, baseHashes) ? previous?.bundles : forgetReads(previous?.bundles);
  const verdicts: Verdict[] = [];
  for (const folder of folders) {
    const followed = await followBundle({
      dir,
      folder,
      lister,
      workDir,
      baseHashes,
      checker,
      grants,
      now,
      wallNow,
      isFirstScan: previous === null,
      knownAs: request.knownAs?.(folder) ?? null,
      previous: sinceGranted(known?.get(folder) ?? null, folder, grants),
    });
    if (followed !== null) verdicts.push({ folder, followed: withGranted(followed, folder, grants) });
  }
  return verdicts;
}

/** Other grants for its dependencies make another reading of the same files. */
function sinceGranted(memory: BundleMemory | null, folder: string, grants: Grants): BundleMemory | null {
  if (memory === null) return null;
  const granted = grantedTo(memory, folder, grants);
  return memory.granted === granted ? memory : { ...memory, granted, accepted: null, candidate: null };
}

function withGranted(followed: FollowedBundle, folder: string, grants: Grants): FollowedBundle {
  const { memory } = followed;
  if (memory.granted !== undefined) return followed;
  return { ...followed, memory: { ...memory, granted: grantedTo(memory, folder, grants) } };
}

const grantedTo = ({ lastId }: BundleMemory, folder: string, grants: Grants) =>
  JSON.stringify(grants(lastId ?? toAgentId(folder)).build);

const isSameBase = (a: BaseHashes | undefined, b: BaseHashes) => a?.node === b.node && a?.python === b.python;

/** Another base image makes other hashes of the same files. */
function forgetReads(bundles: ReadonlyMap<string, BundleMemory> | undefined): Map<string, BundleMemory> {
  const entries = [...(bundles ?? [])].map(([folder, memory]): [string, BundleMemory] => [
    folder,
    { ...memory, accepted: null, candidate: null },
  ]);
  return new Map(entries);
}

function toDesired({ folder, followed: { read, memory } }: Verdict): DesiredAgent {
  if (read === null) return { kind: 'settling', id: memory.lastId ?? folder, folder };
  if (read.kind === 'invalid')
    return { kind: 'invalid', id: memory.lastId ?? read.claimedId, folder, problems: read.problems };
  const { claimedId: id, enabled, version, snapshot, warnings, literals, places } = read;
  return { kind: 'valid', id, folder, enabled, version, snapshot, warnings, literals, places };
}

/** Two bundles with one id: both are invalid, and what runs under the id keeps running. */
function withoutCollisions(agents: readonly DesiredAgent[]): DesiredAgent[] {
  const foldersOf = new Map<AgentId, string[]>();
  for (const { kind, id, folder } of agents) {
    if (kind !== 'settling') foldersOf.set(id, [...(foldersOf.get(id) ?? []), folder]);
  }
  return agents.map((agent) => {
    const others = (foldersOf.get(agent.id) ?? []).filter((folder) => folder !== agent.folder);
    if (agent.kind === 'settling' || others.length === 0) return agent;
    const message = `the id "${agent.id}" is also that of ${others.map((name) => JSON.stringify(name)).join(', ')}; give one of them another id`;
    const collision: Problem = {
      severity: 'error',
      file: 'manifest.yaml',
      line: null,
      column: null,
      path: 'id',
      message,
    };
    const problems = agent.kind === 'invalid' ? [...agent.problems, collision] : [collision];
    return { kind: 'invalid', id: agent.id, folder: agent.folder, problems };
  });
}

function* rememberedHashes(bundles: ReadonlyMap<string, BundleMemory>): Generator<string> {
  for (const { accepted, candidate } of bundles.values()) {
    for (const remembered of [accepted, candidate]) {
      if (remembered?.read.kind === 'valid') yield remembered.read.version.imageHash;
    }
  }
}
