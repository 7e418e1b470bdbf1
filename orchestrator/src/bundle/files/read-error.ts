/**
 * A file or folder of a bundle that cannot be read: whose fault that is, what to do, and whether another look may help.
 * It is that bundle's problem alone, and names the file.
 */
import { codesIn } from '../../domain/errors/error-codes.ts';
import { wordsOf } from '../../domain/errors/error-text.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import { printable } from './file-name.ts';
import { unreadable } from './walk-progress.ts';

/** What is kept behind the error: which file, and what the file system threw. */
interface Fault {
  file: string;
  thrown: unknown;
}

/** Another thing stands under the name by now, or none: somebody is writing. */
const CHANGED: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);
/** It stays so until somebody changes it. */
const DENIED: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);
/** This process is at its limits; the file is well. */
const OURS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);
/** Of what is not denied: a disk, a share or a cloud folder that does not give it. */
const WHY: Readonly<Record<string, string>> = {
  EIO: 'the disk or the share that it is on fails',
  ESTALE: 'the share that it is on was mounted anew',
  ETIMEDOUT: 'the share that it is on does not answer',
  EHOSTDOWN: 'the share that it is on does not answer',
  EISDIR: 'it is a folder by now',
  ENAMETOOLONG: 'its name or its path is too long',
  ENXIO: 'there is no device behind it',
  ENODATA: 'its content is not on this computer: does a cloud folder keep it elsewhere?',
  EDEADLK: 'its content is not on this computer: does a cloud folder keep it elsewhere?',
};

/** @param file relative to the bundle; empty for its folder @returns conflict, bundle_invalid, unavailable or internal */
export function fileFault(file: string, thrown: unknown): HairemError {
  const [code = wordsOf(thrown)] = codesIn(thrown);
  const name = printable(file) || 'the bundle';
  const fault: Fault = { file: printable(file), thrown };
  if (CHANGED.has(code)) return new HairemError('conflict', `${name} changed while it was read`, { cause: fault });
  if (OURS.has(code))
    return new HairemError('internal', `${name} could not be opened: ${wordsOf(thrown)}`, { cause: thrown });
  if (DENIED.has(code)) return new HairemError('bundle_invalid', `${name} ${unreadable(code)}`, { cause: fault });
  const why = WHY[code] ?? 'the file system does not give it';
  return new HairemError('unavailable', `${name} cannot be read (${code}): ${why}; it is tried again`, {
    cause: fault,
  });
}

/** The file that an error is about; empty where it is about none. */
export function faultyFile({ cause }: HairemError): string {
  const isFault = typeof cause === 'object' && cause !== null && 'file' in cause && typeof cause.file === 'string';
  return isFault ? String(cause.file) : '';
}
