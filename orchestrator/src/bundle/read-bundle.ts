/** One bundle folder, as it is now: walked, read, snapshotted, checked and hashed. Whether to trust it is debounce.ts's. */

import { mkdir } from 'node:fs/promises';
import { type AgentId, toAgentId } from '../domain/agent.ts';
import type { Problem, Snapshot } from '../domain/desired.ts';
import { asHairemError, HairemError } from '../domain/errors/errors.ts';
import { DEFAULT_GRANT, type Grants } from '../domain/grants.ts';
import { readText } from '../domain/text/read-text.ts';
import type { Runtime, Version } from '../domain/version.ts';
import type { ResourcePlaces } from './check-ceilings.ts';
import { claimedId } from './claimed-id.ts';
import { checkCode } from './code/check-code.ts';
import { LOGIC_FILES } from './code/check-logic.ts';
import type { CodeChecker } from './code/code-checker.ts';
import { type HashedFile, hashFiles, hashJson, sha256 } from './content-hash.ts';
import { type BundleText, DESCRIBING_FILES, type Description, describeBundle, NOT_CODE } from './describe-bundle.ts';
import { copyFiles, hashedContent, readRootFiles, writeSnapshotFile } from './files/copy-files.ts';
import type { FolderLister } from './files/folder-lister.ts';
import { type IgnoreRule, parseIgnoreRules } from './files/ignore-rules.ts';
import { readSmallFile } from './files/open-without-links.ts';
import { faultyFile } from './files/read-error.ts';
import { keepSnapshot, newSnapshot, removeSnapshot } from './files/snapshots.ts';
import { isBundle, misspelt } from './files/special-files.ts';
import { type Walk, walkBundle } from './files/walk-bundle.ts';
import { LIMITS } from './limits.ts';
import { makeVersion } from './make-version.ts';
import { literalsOf } from './manifest/read-manifest.ts';

/** Hash of the base image of each runtime that has one. */
export type BaseHashes = Readonly<Partial<Record<Runtime, string>>>;

export interface BundleRequest {
  /** Absolute path of the agents folder. */
  dir: string;
  folder: string;
  lister: FolderLister;
  /** Where snapshots are kept; null only checks and hashes. */
  workDir: string | null;
  baseHashes: BaseHashes;
  /** The owner's list; nothing is granted without it. */
  grants?: Grants;
  checker: CodeChecker;
}

interface Read {
  /** The id it claims, whether valid or not: what runs under it keeps running. */
  claimedId: AgentId;
  /** Equal for equal content. */
  contentHash: string;
}

export type BundleRead =
  | (Read & {
      kind: 'valid';
      enabled: boolean;
      version: Version;
      snapshot: Snapshot;
      warnings: Problem[];
      literals: Record<string, string>;
      places: ResourcePlaces;
    })
  | (Read & { kind: 'invalid'; problems: Problem[] })
  /** Somebody wrote to it meanwhile. */
  | { kind: 'changed' };

export type CompleteRead = Exclude<BundleRead, { kind: 'changed' }>;

export interface Look extends Walk {
  /** False for a folder without manifest and logic: then it was not walked, unless it is known to be one. */
  isBundle: boolean;
  /** Exceptions of its `.hairemignore`. */
  exceptions: readonly IgnoreRule[];
}

export interface LookRequest extends Pick<BundleRequest, 'dir' | 'folder' | 'lister'> {
  /** Walks it whatever is in it. */
  isKnown?: boolean;
}

/** The walk with the bundle's own ignore rules. @returns null when the folder is gone. */
export async function lookAtBundle({ dir, folder, lister, isKnown = true }: LookRequest): Promise<Look | null> {
  const path = `${dir}/${folder}`;
  const stats = await lister.lstat(path);
  if (stats === null) return null;
  const ignoreFile = `${path}/.hairemignore`;
  const ignore = stats.isDirectory() ? await lister.lstat(ignoreFile) : null;
  const bytes = ignore && (await readSmallFile(ignoreFile, LIMITS.textBytes));
  const reading = readText(bytes || new Uint8Array());
  const rules = 'text' in reading ? parseIgnoreRules(reading.text) : [];
  const goesOn = (names: readonly string[]) => isKnown || isBundle(names);
  const walk = await walkBundle({ dir: path, rules: rules ?? [], lister, goesOn });
  if (walk === null) return null;
  if (rules === null)
    walk.problems.push(
      problem(
        '.hairemignore',
        `has more than ${LIMITS.ignorePatterns} patterns, or one longer than ${LIMITS.ignorePatternLength} characters`,
      ),
    );
  if (ignore?.isFile() && !bytes) walk.problems.push(problem('.hairemignore', whyUnread(ignore)));
  if ('problem' in reading) walk.problems.push(problem('.hairemignore', reading.problem, reading.line));
  // What cannot be listed may well be one.
  const mayBe = walk.names.length === 0 && walk.problems.length > 0;
  const exceptions = (rules ?? []).filter(({ negated }) => negated);
  return { ...walk, exceptions, isBundle: mayBe || isBundle(walk.names) };
}

/** Without its rules what they leave out would be part of the agent. */
function whyUnread({ size }: { size: number }): string {
  if (size > LIMITS.textBytes) return `is larger than ${LIMITS.textBytes} bytes`;
  return '.hairemignore cannot be read; make it readable for everyone (chmod a+r)';
}

export async function readBundle(request: BundleRequest, walk: Walk): Promise<BundleRead> {
  if (walk.problems.length > 0) return invalid(request, walk.problems, walk.fingerprint);
  const path = `${request.dir}/${request.folder}`;
  try {
    const contents = await readRootFiles({ dir: path, root: walk.root }, DESCRIBING_FILES);
    const description = described({
      folder: request.folder,
      root: walk.root,
      contents,
      grants: request.grants ?? (() => DEFAULT_GRANT),
    });
    const contentHash = hashJson([...contents].map(([name, bytes]) => [name, sha256(bytes)]));
    if (description.manifest === null) return invalid(request, description.problems, contentHash);
    return await takeSnapshot({ ...request, path, walk, contents, description, manifest: description.manifest });
  } catch (error) {
    const failure = asHairemError(error);
    const { code, message } = failure;
    if (code === 'conflict') return { kind: 'changed' };
    if (code === 'bundle_invalid') return invalid(request, [problem(faultyFile(failure), message)], walk.fingerprint);
    throw error;
  }
}

/** A parser that breaks on what a file says is that bundle's problem, and nobody else's. */
function described(text: BundleText): Description {
  try {
    return describeBundle(text);
  } catch (cause) {
    const why = asHairemError(cause).message;
    throw new HairemError('bundle_invalid', `the bundle cannot be read: ${why}`, { cause });
  }
}

interface SnapshotRequest extends BundleRequest {
  path: string;
  walk: Walk;
  contents: ReadonlyMap<string, Buffer>;
  description: Description;
  manifest: NonNullable<Description['manifest']>;
}

async function takeSnapshot(request: SnapshotRequest): Promise<BundleRead> {
  const { description, manifest, workDir, walk } = request;
  if (workDir !== null) await mkdir(workDir, { recursive: true, mode: 0o700 });
  const temporary = workDir === null ? null : await newSnapshot(workDir);
  try {
    const { code, dependencies, problems } = await fillSnapshot(request, temporary);
    const found = [...description.problems, ...problems];
    if (problems.some(({ severity }) => severity === 'error')) {
      if (temporary !== null) await removeSnapshot(temporary);
      return invalid(request, found, hashFiles(code));
    }
    const baseHash = request.baseHashes[description.runtime] ?? '';
    const agent = toAgentId(description.spelling);
    const version = makeVersion({ ...description, agent, manifest, baseHash, code, dependencies });
    const dir = workDir === null || temporary === null ? '' : await keepSnapshot(workDir, temporary, version.imageHash);
    const { build, dependencies: read } = description;
    const snapshot = { dir, hasDependencies: dependencies.length > 0, hasLock: read.hasLock, build };
    const contentHash = hashJson([version.hash, manifest]);
    return {
      kind: 'valid',
      claimedId: agent,
      contentHash,
      enabled: manifest.enabled,
      version,
      snapshot,
      warnings: capped([...found, ...walk.warnings, ...notYetSaid(misspelt(walk.names), found)]),
      literals: literalsOf(manifest.secrets),
      places: description.places,
    };
  } catch (error) {
    if (temporary !== null) await removeSnapshot(temporary);
    throw error;
  }
}

/** The describing files were read already; what of them belongs to the image is written from those very bytes. */
async function fillSnapshot(
  request: SnapshotRequest,
  into: string | null,
): Promise<{ code: HashedFile[]; dependencies: HashedFile[]; problems: Problem[] }> {
  const { path, walk, contents, description } = request;
  const dependencies: HashedFile[] = [];
  const except = new Set([...NOT_CODE, ...DESCRIBING_FILES]);
  const {
    hashed: code,
    problems,
    outlines,
    python,
  } = await copyFiles({
    dir: path,
    root: walk.root,
    into: into && `${into}/code`,
    except,
    checker: request.checker,
  });
  const logic = await readRootFiles({ dir: path, root: walk.root }, new Set(LOGIC_FILES));
  for (const name of LOGIC_FILES) {
    const content = logic.get(name);
    if (content === undefined) continue;
    const faults = await request.checker.checkLogic(name, content);
    problems.push(...faults);
    const files = new Set([...code.map(({ path: file }) => file), ...contents.keys()]);
    problems.push(
      ...(await checkCode({ logic: name, content, faults, outlines, python, files, contents, description })),
    );
  }
  for (const [name, bytes] of contents) {
    if (NOT_CODE.has(name)) continue;
    const isDependency = description.dependencies.files.includes(name);
    (isDependency ? dependencies : code).push(hashedContent(name, 0o644, bytes));
    if (into !== null) await writeSnapshotFile(`${into}/${isDependency ? 'deps' : 'code'}/${name}`, 0o644, bytes);
  }
  return { code, dependencies, problems };
}

async function invalid(request: BundleRequest, problems: Problem[], contentHash: string): Promise<BundleRead> {
  return { kind: 'invalid', claimedId: await claimedId(request), contentHash, problems: capped(problems) };
}

/** Errors first: what makes a bundle invalid is never among those that are left out before a warning is. */
function capped(problems: Problem[]): Problem[] {
  if (problems.length <= LIMITS.problems) return problems;
  const isError = ({ severity }: Problem) => severity === 'error';
  const sorted = [...problems.filter(isError), ...problems.filter((one) => !isError(one))];
  const more = problem('', `and ${problems.length - LIMITS.problems} more problems`);
  return [...sorted.slice(0, LIMITS.problems), problems.some(isError) ? more : { ...more, severity: 'warning' }];
}

/** A misspelt file may be one that other tools read, which says more. */
function notYetSaid(more: Problem[], said: readonly Problem[]): Problem[] {
  return more.filter(({ file }) => said.every((one) => one.file !== file));
}

function problem(file: string, message: string, line: number | null = null): Problem {
  return { severity: 'error', file, line, column: null, path: '', message };
}
