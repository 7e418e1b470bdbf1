/**
 * The second look at a bundle: reads what the walk accepted, once, and hashes the very bytes that it copies into the
 * snapshot. What was hashed is what is built.
 */

import { createHash } from 'node:crypto';
import { chmod, type FileHandle, mkdir, open, utimes } from 'node:fs/promises';
import type { Problem } from '../../domain/desired.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { CodeChecker } from '../code/code-checker.ts';
import type { ModuleOutline } from '../code/module-outline.ts';
import { isTypeScript } from '../code/strip-types.ts';
import { type HashedFile, modeOf, sha256 } from '../content-hash.ts';
import { isPackageSettings } from '../dependencies/unread-files.ts';
import { LIMITS } from '../limits.ts';
import { openFile, openFolder, openRoot } from './open-without-links.ts';
import { fileFault } from './read-error.ts';
import type { WalkedFile, WalkedFolder } from './walked.ts';

const CHUNK = 64 * 1024;

export interface ReadRequest {
  dir: string;
  root: WalkedFolder;
}

/** Reads the named files of the bundle's root whole. Throws as open-without-links.ts. */
export async function readRootFiles(
  { dir, root }: ReadRequest,
  names: ReadonlySet<string>,
): Promise<Map<string, Buffer>> {
  const handle = await openRoot(dir, root);
  try {
    const contents = new Map<string, Buffer>();
    for (const file of root.files) {
      if (names.has(file.name)) contents.set(file.name, await readWhole(handle, file));
    }
    return contents;
  } finally {
    await handle.close();
  }
}

export interface CopyRequest extends ReadRequest {
  /** An existing empty folder for the copy; null only hashes. */
  into: string | null;
  /** Root files that do not belong to the copy, or are written by the caller. */
  except: ReadonlySet<string>;
  checker: Pick<CodeChecker, 'stripTypes' | 'outline'>;
}

export interface Copied {
  /** Hashes are of what the bundle holds; TypeScript is copied with its types stripped. */
  hashed: HashedFile[];
  problems: Problem[];
  /** Of code for Node, by path, as far as it can be told. */
  outlines: Map<string, ModuleOutline>;
  /** Texts of code for Python, by path, of those that are small enough to be looked at. */
  python: Map<string, string>;
}

/** Copies and hashes everything else. Throws as open-without-links.ts. */
export async function copyFiles({ dir, root, into, except, checker }: CopyRequest): Promise<Copied> {
  const copied: Copied = { hashed: [], problems: [], outlines: new Map(), python: new Map() };
  const handle = await openRoot(dir, root);
  try {
    const files = root.files.filter((file) => !except.has(file.name));
    const buffer = Buffer.allocUnsafe(CHUNK);
    const spent = { typeScript: 0, outlines: 0 };
    await copyFolder({ handle, folder: { ...root, files }, into, copied, buffer, checker, spent });
  } finally {
    await handle.close();
  }
  return copied;
}

/** Writes one file of the snapshot with normalised mode and times. */
export async function writeSnapshotFile(path: string, mode: HashedFile['mode'], content: Uint8Array): Promise<void> {
  const out = await createFile(path, mode);
  try {
    await out.writeFile(content);
    await out.utimes(0, 0);
  } finally {
    await out.close();
  }
}

interface FolderCopy {
  handle: FileHandle;
  folder: WalkedFolder;
  into: string | null;
  copied: Copied;
  buffer: Buffer;
  checker: CopyRequest['checker'];
  /** Bytes of all files that were stripped, and whose imports were looked at. */
  spent: { typeScript: number; outlines: number };
}

async function copyFolder(copy: FolderCopy): Promise<void> {
  const { handle, folder, into, copied, buffer } = copy;
  for (const file of folder.files.filter(({ name }) => !isPackageSettings(name))) {
    const target = into === null ? null : `${into}/${file.name}`;
    const hashed = isTypeScript(file.name)
      ? await copyStripped({ handle, file, target }, copy)
      : await copyFile({ handle, file, target, buffer });
    copied.hashed.push({ path: file.path, ...hashed });
    if (/\.m?js$/.test(file.name) && mayOutline(file.size, copy))
      await outlineFile(file.path, await readWhole(handle, file), copy);
    if (file.name.endsWith('.py') && mayOutline(file.size, copy)) {
      copy.spent.outlines += file.size;
      copied.python.set(file.path, new TextDecoder().decode(await readWhole(handle, file)));
    }
  }
  for (const child of folder.folders) {
    const target = into === null ? null : `${into}/${child.name}`;
    if (!holdsFiles(child)) continue;
    const childHandle = await openFolder(handle, child);
    try {
      if (target !== null) await mkdir(target, { mode: 0o755 });
      await copyFolder({ ...copy, handle: childHandle, folder: child, into: target });
    } finally {
      await childHandle.close();
    }
  }
  if (into === null) return;
  await chmod(into, 0o755);
  await utimes(into, 0, 0);
}

interface FileCopy {
  handle: FileHandle;
  file: WalkedFile;
  target: string | null;
  buffer: Buffer;
}

type Content = Omit<HashedFile, 'path'>;

async function copyFile({ handle, file, target, buffer }: FileCopy): Promise<Content> {
  const source = await openFile(handle, file);
  try {
    const out = target === null ? null : await createFile(target, 0o644);
    try {
      const hash = createHash('sha256');
      let mode: Content['mode'] | null = null;
      for await (const chunk of chunksOf(source, file, buffer)) {
        mode ??= modeOf(chunk);
        hash.update(chunk);
        await out?.writeFile(chunk);
      }
      await out?.chmod(mode ?? 0o644);
      await out?.utimes(0, 0);
      return { mode: mode ?? 0o644, sha256: hash.digest('hex') };
    } finally {
      await out?.close();
    }
  } finally {
    await source.close();
  }
}

async function copyStripped({ handle, file, target }: Omit<FileCopy, 'buffer'>, copy: FolderCopy): Promise<Content> {
  const { copied, checker, spent } = copy;
  const source = await readWhole(handle, file);
  const content = { mode: modeOf(source), sha256: sha256(source) };
  spent.typeScript += source.length;
  const tooLarge = sizeProblem(file, spent.typeScript);
  const stripped = tooLarge ? { problems: [tooLarge], code: null } : await checker.stripTypes(file.path, source);
  copied.problems.push(...stripped.problems);
  if (stripped.code === null) return content;
  if (target !== null) await writeSnapshotFile(target, content.mode, stripped.code);
  if (mayOutline(source.length, copy)) await outlineFile(file.path, source, copy, stripped.code);
  return content;
}

const mayOutline = (bytes: number, { spent }: FolderCopy) =>
  bytes <= LIMITS.outlineBytes && spent.outlines + bytes <= LIMITS.outlineTotalBytes;

/** @param code what Node loads, where that is not the source itself */
async function outlineFile(path: string, source: Buffer, copy: FolderCopy, code: Uint8Array = source): Promise<void> {
  copy.spent.outlines += source.length;
  const text = { path, code: Buffer.from(code).toString('utf8'), source: source.toString('utf8') };
  const outline = await copy.checker.outline(text);
  if (outline !== null) copy.copied.outlines.set(path, outline);
}

function sizeProblem({ path, size }: WalkedFile, total: number): Problem | null {
  const { typeScriptBytes: most, typeScriptTotalBytes: mostInAll } = LIMITS;
  if (size <= most && total <= mostInAll) return null;
  const what = size > most ? `is larger than ${most} bytes` : `is more than ${mostInAll} bytes with the others`;
  const message = `${path} ${what}, too much to strip types from; put it into the bundle as JavaScript`;
  return { severity: 'error', file: path, line: null, column: null, path: '', message };
}

/** Exactly the bytes that the walk saw; one less means that somebody is writing. The buffer is reused. */
async function* chunksOf(source: FileHandle, file: WalkedFile, buffer: Buffer): AsyncGenerator<Buffer> {
  for (let position = 0; position < file.size; ) {
    const most = Math.min(buffer.length, file.size - position);
    const { bytesRead } = await source.read(buffer, 0, most, position).catch((thrown) => {
      throw fileFault(file.path, thrown);
    });
    if (bytesRead === 0) throw new HairemError('conflict', `${file.path} changed while it was read`);
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function readWhole(folder: FileHandle, file: WalkedFile): Promise<Buffer> {
  const source = await openFile(folder, file);
  try {
    const parts: Buffer[] = [];
    for await (const chunk of chunksOf(source, file, Buffer.allocUnsafe(CHUNK))) parts.push(Buffer.from(chunk));
    return Buffer.concat(parts);
  } finally {
    await source.close();
  }
}

/** 'wx' refuses what exists; chmod because the umask narrows the mode of open(). */
async function createFile(path: string, mode: HashedFile['mode']): Promise<FileHandle> {
  const out = await open(path, 'wx', mode);
  await out.chmod(mode);
  return out;
}

function holdsFiles(folder: WalkedFolder): boolean {
  return folder.files.some(({ name }) => !isPackageSettings(name)) || folder.folders.some(holdsFiles);
}

export function hashedContent(path: string, mode: HashedFile['mode'], content: Uint8Array): HashedFile {
  return { path, mode, sha256: sha256(content) };
}
