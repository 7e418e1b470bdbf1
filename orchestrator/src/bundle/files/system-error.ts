/** The codes of errors that the file system throws. */

import { codesIn } from '../../domain/errors/error-codes.ts';
import { wordsOf } from '../../domain/errors/error-text.ts';

/** For example ENOENT; the text of anything else. */
export function codeOf(error: unknown): string {
  return codesIn(error)[0] ?? wordsOf(error);
}
