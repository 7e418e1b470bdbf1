/** The engine reads files that a query names, but for those outside of a folder that must be there: an empty one. */
import { readdirSync } from 'node:fs';
import { HairemError } from '../domain/errors/errors.ts';

/**
 * CVE-2026-63739: an analyzer's `mapper('/path')` reads any file of the process and prints it, also where
 * SURREAL_FILE_ALLOWLIST names a folder that is not there. @throws HairemError bad_config
 */
export function mustBeEmptyFolder(folder: string | undefined): void {
  try {
    if (folder && readdirSync(folder).length === 0) return;
  } catch (cause) {
    throw new HairemError('bad_config', explanation(folder), { cause });
  }
  throw new HairemError('bad_config', explanation(folder));
}

const explanation = (folder: string | undefined) =>
  `SURREAL_FILE_ALLOWLIST is ${folder ?? 'not set'}; expected an empty folder that exists, or queries read files`;
