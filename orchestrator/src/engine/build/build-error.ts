/**
 * Which line of a build says why it failed: the engine itself says only which command it was, and that is long. Pure.
 * What to do about the causes that are known, the installer adds (build/why-install-failed.ts).
 */

/** The engine's own word for a command that failed. */
const COMMAND = /^The command '.*' returned a non-zero code: (\d+)$/s;

/** What tools begin a line of an error with, most telling first. */
const TELLING: readonly RegExp[] = [
  /^\s*(?:ERROR|error|fatal|FATAL): .*(?:No matching distribution|No space left|Could not|could not|failed|cannot|not found|conflict|THESE PACKAGES)/,
  /^npm (?:ERR!|error) (?!code |errno |A complete log|cwd |command |path |\s*$).*(?:Not Found|No matching version|not found|ERESOLVE|unable to resolve|peer |EUSAGE|can only install|integrity|invalid|ENOSPC|ETIMEDOUT)/,
  /^gyp ERR! (?:stack Error|find|not ok).*/,
  /^\s*(?:ERROR|Error|error|fatal|FATAL|E): \S.*/,
  /^npm (?:ERR!|error) (?!code |errno |A complete log|cwd |command |path |\s*$)\S.*/,
  /^\s*(?:Killed|Segmentation fault|MemoryError|OSError: .*|\w+Error: .+)$/,
  /(?:^|[^\w])(?:not found|No such file or directory|No space left on device|Permission denied|Killed|out of memory)\b/i,
];

/** Of exit codes, what a shell and the engine mean by them. */
const CODES: Readonly<Record<string, string>> = {
  '126': 'a program of it may not be run',
  '127': 'a program of it is not there',
  '137': 'it was killed, for want of memory or by somebody on the host',
  '139': 'a program of it crashed',
  '143': 'it was ended from outside',
};

const LONGEST = 300;

/** @param error what the engine says @param log the last lines that were printed, oldest first */
export function whyBuildFailed(error: string, log: readonly string[]): string {
  const code = COMMAND.exec(error.trim())?.[1];
  if (code === undefined) return short(error.trim().split('\n', 1)[0] ?? '');
  const printed = log.filter((line) => !isOfCommand(line) && !isOfBuilder(line));
  const line = tellingLine(printed) ?? printed.findLast((one) => one.trim() !== '');
  const meaning = CODES[code];
  const ended = meaning === undefined ? `exit code ${code}` : `${meaning} (exit code ${code})`;
  return line === undefined ? ended : `${short(line.trim())} (${ended})`;
}

/** Of the first kind that any line is of, the last: tools sum up at the end. */
function tellingLine(lines: readonly string[]): string | undefined {
  for (const kind of TELLING) {
    const found = lines.findLast((line) => kind.test(line.slice(0, 2_000)));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The long line with the whole command, which the Dockerfile has as well. */
export const isOfCommand = (error: string) => COMMAND.test(error.trim());

const isOfBuilder = (line: string) =>
  /^(?:Step \d+\/\d+ : | ?---> |Removing intermediate container |\[notice\])/.test(line);

const short = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
