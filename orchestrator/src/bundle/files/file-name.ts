/** Which names of files and folders a bundle may hold: what any file system, tar and Dockerfile agree on. */
import { LIMITS } from '../limits.ts';

/**
 * @param name in Unicode form NFC, which is how it will be in the image
 * @returns what is wrong with one path segment, or null
 */
export function fileNameProblem(name: string): string | null {
  if (name === '' || name === '.' || name === '..') return 'is not a name';
  if (name.includes('\uFFFD')) return 'has a name that is not valid UTF-8; rename it';
  if (hasControlCharacter(name)) return 'has a control character or a line break in its name; rename it';
  if (/[/\\]/.test(name)) return 'has a slash or a backslash in its name; rename it';
  if (Buffer.byteLength(name) > LIMITS.nameBytes) return `has a name longer than ${LIMITS.nameBytes} bytes; rename it`;
  return null;
}

/** @returns what keeps one path segment from being copied to Windows, or null. */
export function windowsNameProblem(name: string): string | null {
  if (/[. ]$/.test(name)) return 'has a name that ends with a dot or a space';
  if (/^(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|$)/i.test(name)) return 'has a name that is a device on Windows';
  return /[<>:"|?*]/.test(name) ? 'has one of <>:"|?* in its name' : null;
}

/** @param taken names before this one in its folder, as the disk spells them, by their form without case; it is added */
export function sameNameProblem(
  { name, onDisk }: { name: string; onDisk: string },
  taken: Map<string, string>,
): string | null {
  const other = taken.get(foldCase(name));
  taken.set(foldCase(name), onDisk);
  if (other === undefined) return null;
  const how = other.normalize('NFC') === name ? 'in how its accents are written (Unicode form)' : 'in case';
  return `differs from "${printable(other)}" only ${how}; rename one of them`;
}

/** Names that are equal here would be one file on a file system that ignores case. */
function foldCase(name: string): string {
  return name.toUpperCase().toLowerCase();
}

/** A path that is safe in a line of text. */
export function printable(path: string): string {
  return Array.from(path, (char) => (hasControlCharacter(char) ? '?' : char)).join('');
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
  }
  return false;
}
