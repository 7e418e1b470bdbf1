/**
 * Variables that are nobody's secret: hAIrem's own settings, and what compose, the engine, the image and the process
 * itself bring into the environment. No agent owns one by its id, and no list can give one. Pure.
 */

/** First words of names (`COMPOSE_…`) that compose, the engine's client, or the runtimes of the image read. */
const FIRST_WORDS = [
  'COMPOSE',
  'DOCKER',
  'BUILDKIT',
  'BUILDX',
  'NODE',
  'NPM',
  'YARN',
  'PYTHON',
  'PIP',
  'LC',
  'LD',
  'XDG',
];

/** What every process has, and what reaches the network for it. */
const NAMES = [
  'PATH HOME HOSTNAME PWD OLDPWD SHLVL SHELL USER LOGNAME TERM TMPDIR TZ LANG LANGUAGE _ DEBUG CONTAINER',
  'HTTP_PROXY HTTPS_PROXY FTP_PROXY ALL_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR NO_COLOR FORCE_COLOR UV_THREADPOOL_SIZE',
].flatMap((line) => line.split(' '));

export type IsReserved = (name: string) => boolean;

/** @param settings every variable that hAIrem itself reads; the first word of each is reserved with all that begin so */
export function reservedNames(settings: Iterable<string>): IsReserved {
  const words = new Set([...FIRST_WORDS, 'HAIREM']);
  const names = new Set(NAMES);
  for (const setting of settings) {
    names.add(setting);
    const [word = ''] = setting.split('_', 1);
    if (word !== setting) words.add(word);
  }
  return (name) => {
    const plain = name.toUpperCase();
    if (names.has(plain)) return true;
    const [word = ''] = plain.split('_', 1);
    return word !== plain && words.has(word);
  };
}
