/** Whether a place that a bundle names for packages is one that the owner granted. Pure. */
import type { AgentId } from '../../domain/agent.ts';
import { type Grant, linesToGrant } from '../../domain/grants.ts';

/** For whom dependencies are read, and what the owner lets them be built with and come from. */
export interface BuildGrant {
  agent: AgentId;
  build: Grant['build'];
}

/** Line and column count from 1; null where they are not known. */
export interface Complaint {
  line: number | null;
  column: number | null;
  /** Path inside the file; empty for a line of text. */
  path: string;
  message: string;
}

const FETCHED = /^(?:git\+)?https?:$/;

/**
 * By parsed URLs: the same scheme, host and port, no credentials, and a path below that of a granted one.
 * @returns what is wrong with the place, or null
 */
export function sourceFault({ agent, build }: BuildGrant, text: string): string | null {
  // pip and npm take a backslash for something else than we do.
  if (!URL.canParse(text) || /[\\\s]/.test(text)) return `expected packages from an index, found ${quoted(text)}`;
  const url = new URL(text);
  if (!FETCHED.test(url.protocol))
    return `expected https, found ${quoted(url.protocol)}: nothing else is reached while dependencies are installed`;
  if (url.username !== '' || url.password !== '') return 'expected an address without a user or password in it';
  if (url.protocol.startsWith('git+') && !build.compilers)
    return `packages from git need git while they are built: ${linesToGrant(agent, 'build', `{compilers: true, sources: ["${startOf(url)}"]}`)}`;
  if (build.sources.some((source) => isBelow(url, source))) return null;
  const value = `{sources: ["${startOf(url)}"]}`;
  return `${quoted(startOf(url))} is not where packages come from: name one from the public index, or ${linesToGrant(agent, 'build', value)}`;
}

/** @param host `host` or `host:port`, as pip's --trusted-host takes it */
export const isGrantedHost = ({ build }: BuildGrant, host: string) =>
  build.sources.some(
    (source) => URL.canParse(source) && [new URL(source).host, new URL(source).hostname].includes(host),
  );

function isBelow(url: URL, source: string): boolean {
  if (!URL.canParse(source)) return false;
  const granted = new URL(source);
  // A parsed path of these has no `..` left, encoded or not; a special scheme is what makes the parser do so.
  const [wanted, given] = [pathOf(url), pathOf(granted)];
  const folder = given.endsWith('/') ? given : `${given}/`;
  const isSameHost = schemeOf(url) === schemeOf(granted) && url.host === granted.host;
  return isSameHost && !/%2f|%5c/i.test(wanted) && (wanted === given || wanted.startsWith(folder));
}

/** A granted https address also gives what git takes from it. */
const schemeOf = ({ protocol }: URL) => protocol.replace('git+', '');
const pathOf = (url: URL) => new URL(url.href.replace(/^git\+/, '')).pathname;

const startOf = ({ protocol, host }: URL) => `${protocol}//${host}/`.replace('git+', '').slice(0, 200);

export const quoted = (text: string) => JSON.stringify(text.slice(0, 100));
