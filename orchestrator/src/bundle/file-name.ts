/** Which names of files and folders a bundle may hold: what any file system, tar and Dockerfile agree on. */
import { LIMITS } from './limits.ts';

/** @returns what is wrong with one path segment, or null. */
export function fileNameProblem(name: string): string | null {
  if (name === '' || name === '.' || name === '..') return 'is not a name';
  if (name.includes('\uFFFD')) return 'has a name that is not valid UTF-8';
  if (hasControlCharacter(name)) return 'has a control character or a line break in its name';
  if (/[/\\]/.test(name)) return 'has a slash or a backslash in its name';
  if (name.normalize('NFC') !== name) return 'has a name that is not in Unicode form NFC; rename it';
  if (Buffer.byteLength(name) > LIMITS.nameBytes) return `has a name longer than ${LIMITS.nameBytes} bytes`;
  return null;
}

/** Names that are equal here would be one file on a file system that ignores case. */
export function foldCase(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase();
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
