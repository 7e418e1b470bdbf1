/** Hashes of bundle content: the same files and settings give the same hash on every host and at any time. */
import { createHash } from 'node:crypto';

export interface HashedFile {
  /** Relative to the bundle, `/` between segments. */
  path: string;
  /** By what is in it (`modeOf`): what a host says of permissions is no part of a bundle. */
  mode: 0o644 | 0o755;
  /** Hex SHA-256 of its bytes. */
  sha256: string;
}

/** Scripts and programs can be executed; a NAS or a Mac gives any file any mode, so theirs is not asked. */
export function modeOf(start: Uint8Array): HashedFile['mode'] {
  const [first, second, third, fourth] = start;
  const isScript = first === 0x23 && second === 0x21;
  const isProgram = first === 0x7f && second === 0x45 && third === 0x4c && fourth === 0x46;
  return isScript || isProgram ? 0o755 : 0o644;
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Hash of a JSON value, whatever the order of its keys. */
export function hashJson(value: unknown): string {
  return sha256(canonicalJson(value));
}

export function hashFiles(files: readonly HashedFile[]): string {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return sha256(sorted.map((file) => `${JSON.stringify([file.path, file.mode, file.sha256])}\n`).join(''));
}

/** JSON with sorted keys and no spaces; `undefined` members are left out as JSON.stringify does. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
