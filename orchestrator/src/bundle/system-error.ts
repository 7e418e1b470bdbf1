/** The codes of errors that the file system throws. */

/** For example ENOENT; the text of anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);
}
