/**
 * Who may call: decided before routing has any effect, default deny (SECURITY.md, Inputs and API). Pure: it looks at
 * the request line and headers, and answers with a problem or nothing.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { type ProblemDocument, problem } from './problems.ts';

export interface Caller {
  method: string;
  /** The path as it came, not decoded. */
  rawPath: string;
  host: string | undefined;
  origin: string | undefined;
  authorization: string | undefined;
}

export interface GuardRules {
  token: string;
  /** Other origins that may call. */
  origins: readonly string[];
  /** Names of this host, besides localhost and IP addresses. */
  hosts: readonly string[];
}

export type Access = 'token' | 'open';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A second layer of escapes, and escaped separators, mean something else to whoever decodes once more. */
const DOUBLY_ENCODED = /%(?:25|2f|5c|00)/i;

export function refusal(caller: Caller, rules: GuardRules, access: Access): ProblemDocument | null {
  if (DOUBLY_ENCODED.test(caller.rawPath)) return problem('bad_request', 'the path is encoded twice');
  if (!isOurHost(caller.host, rules.hosts))
    return problem('forbidden', 'this Host is not known here; HAIREM_HOSTS lists the names that are');
  if (!SAFE_METHODS.has(caller.method) && !isTrustedOrigin(caller, rules.origins))
    return problem('forbidden', 'this Origin may not change anything; HAIREM_ORIGINS lists those that may');
  if (access === 'token' && !hasToken(caller.authorization, rules.token))
    return problem(
      'unauthorized',
      'send the header "Authorization: Bearer <token>"; `./hairem token` prints the token',
    );
  return null;
}

/** An address cannot be rebound by somebody's DNS, a name can: addresses pass, names must be listed. */
function isOurHost(host: string | undefined, names: readonly string[]): boolean {
  const name = hostName(host);
  if (name === null) return false;
  return name === 'localhost' || isIP(name) !== 0 || names.some((ours) => ours.toLowerCase() === name);
}

function hostName(host: string | undefined): string | null {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i.exec(host ?? '') ?? [];
  return (bracketed ?? plain)?.toLowerCase().replace(/\.$/, '') ?? null;
}

/** Programs send no Origin; a browser always does with a mutation, and it cannot be forged there. */
function isTrustedOrigin({ origin, host }: Caller, origins: readonly string[]): boolean {
  if (origin === undefined || origins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

function hasToken(authorization: string | undefined, token: string): boolean {
  const [, given] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  // compared as hashes: equal lengths, and no time that depends on the token
  return given !== undefined && timingSafeEqual(sha256(given), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
