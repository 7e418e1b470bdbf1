/**
 * Why an install failed, in one sentence that says what to do, from what pip or npm printed: the first row that fits a
 * line. Each row is a text of theirs; what fits none is said in their own words. Pure.
 */
import type { Runtime } from '../../domain/version.ts';
import { again, type Cause, type FailedInstall, granted } from './known-error.ts';
import { NPM_CAUSES } from './npm.ts';
import { PIP_CAUSES } from './pip.ts';

const MIRROR: Readonly<Record<Runtime, string>> = { python: 'HAIREM_PIP_INDEX_URL', node: 'HAIREM_NPM_REGISTRY' };

/** Of the machine, and of the way to the packages: the same for both. */
const OF_ANY: readonly Cause[] = [
  // The machine.
  {
    line: /ENOSPC|No space left on device/i,
    says: 'the disk is full: make room (`docker system df` says what takes it)',
  },
  { line: /EDQUOT|Disk quota exceeded/i, says: 'the disk quota is used up: make room' },
  {
    line: /^Killed$|exit code 137|code: 137|exit code: -9\b|MemoryError|heap out of memory|signal SIGKILL|Cannot allocate memory|ENOMEM/i,
    says: 'it took more memory than a build may: fewer or smaller packages, or versions that come ready to use',
  },
  {
    line: /BlockingIOError|Resource temporarily unavailable|can't start new thread|spawn \S+ EAGAIN/,
    says: 'it started more processes than a build may: fewer packages, or versions that come ready to use',
  },
  { line: /EMFILE|Too many open files/i, says: 'it opened more files than a build may: fewer packages' },
  { line: /File too large|EFBIG/i, says: 'it wrote a file of more than 1 GB, which no build may' },
  // The way to the index.
  {
    line: /Tunnel connection failed: 403|403 not a package index of this build/i,
    says: (install) =>
      `a package is fetched from elsewhere than the public index: ${granted(install, '{sources: ["https://…/"]}')}`,
  },
  {
    line: /\b407\b|Proxy Authentication Required/i,
    says: 'a proxy on the way to the index asks for a user and a password',
  },
  {
    line: /CERTIFICATE_VERIFY_FAILED|certificate verify failed|SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY_LEAF|GET_ISSUER)|unable to get local issuer|self.signed certificate|CERT_HAS_EXPIRED|ERR_TLS_CERT/i,
    says: (install) =>
      `the certificate of the package index is of no authority that is known: put the authority's into the file that HAIREM_CA_FILE names, or name another index in ${MIRROR[install.runtime]}`,
  },
  {
    line: /Read ?timed ?out|ReadTimeout|ConnectTimeout|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ESOCKETTIMEDOUT|FETCH_ERROR.*timeout|timed out/i,
    says: (install) =>
      `the package index did not answer in time: ${again(install)}; ${MIRROR[install.runtime]} names a nearer one`,
  },
  {
    line: /ENOTFOUND|EAI_AGAIN|Temporary failure in name resolution|Name or service not known|getaddrinfo|nodename nor servname/i,
    says: (install) =>
      `the name of the package index was not found: look whether this host resolves names; ${again(install)}`,
  },
  {
    line: /Tunnel connection failed: 502|502 the index cannot be reached|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|Connection refused|Network is unreachable|NewConnectionError|RemoteDisconnected|ProxyError/i,
    says: (install) => `the package index cannot be reached: look whether this host has the network; ${again(install)}`,
  },
  {
    line: /\bE429\b|429 (?:Client Error|Too Many)|Too Many Requests/i,
    says: (install) => `the package index has had too many requests: later ${again(install)}`,
  },
  {
    line: /\bE50\d\b|50\d Server Error|HTTP error 50\d/i,
    says: (install) => `the package index is out of order: later ${again(install)}`,
  },
  {
    line: /\bE40[13]\b|\bENEEDAUTH\b|40[13] Client Error|HTTP error 40[13]|401 Unauthorized|403 Forbidden/i,
    says: 'the package index wants a login, or does not give this package: name one that it gives to everybody',
  },
  // git, of whoever asks for it.
  {
    line: /Cannot find command 'git'|spawn git ENOENT|git: (?:command )?not found|unknown git error|executable file not found.*git/i,
    says: (install) =>
      `a package comes from git, and git is not there: take it from the index, or ${granted(install, '{compilers: true, sources: ["https://…/"]}')}`,
  },
];

const CAUSES: Readonly<Record<Runtime, readonly Cause[]>> = {
  node: [...OF_ANY, ...NPM_CAUSES],
  python: [...OF_ANY, ...PIP_CAUSES],
};

/** The longest that is looked at of a line: a package prints what it likes. */
const LONGEST_LINE = 4_000;

/** @param lines what the install printed. @returns the line that tells it, and what to do about it; null where none does */
export function causeOf(lines: readonly string[], install: FailedInstall): { line: string; advice: string } | null {
  for (const { line: pattern, says } of CAUSES[install.runtime]) {
    for (const text of lines) {
      const found = pattern.exec(text.slice(0, LONGEST_LINE));
      if (found)
        return { line: shortened(text), advice: typeof says === 'string' ? says : says(install, found, lines) };
    }
  }
  return null;
}

const shortened = (text: string) => (text.length <= 200 ? text : `${text.slice(0, 199)}…`);
