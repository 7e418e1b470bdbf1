/** What of the machine every test may take for granted, whoever starts them and from where. */

/** They make tools colour what tests read. */
const COLOURS = ['FORCE_COLOR', 'CLICOLOR_FORCE', 'PY_COLORS', 'MYPY_FORCE_COLOR'];

/** For this process and all that it starts. */
export function makeUsual(): void {
  // Files of the tests are read by other users, in containers.
  process.umask(0o022);
  for (const name of COLOURS) delete process.env[name];
}
