/** What the index proxy lets a build reach: hosts by name and port, and of their addresses those that are not ours. Pure. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

export interface AllowedIndex {
  host: string;
  port: number;
  /** The owner named it: it may be in the home's own network. */
  isOwners: boolean;
  /** It is reached through the proxy of the home, who resolves its name. */
  isProxied: boolean;
}

/**
 * @param text `host:port host:port@home host:port@via`: `@home` marks what the owner named, `@via` what a proxy reaches
 * @throws TypeError where the text is not a list of indexes
 */
export function readAllowed(text: string): AllowedIndex[] {
  return text
    .split(' ')
    .filter((one) => one !== '')
    .map((one) => {
      const [, host = '', port, home, via] = /^([\w.-]{1,253}):(\d{1,5})(@home)?(@via)?$/.exec(one) ?? [];
      if (host === '') throw new TypeError(`expected host:port, found ${JSON.stringify(one)}`);
      return {
        host: host.toLowerCase(),
        port: Number(port),
        isOwners: home !== undefined,
        isProxied: via !== undefined,
      };
    });
}

/** @param authority `host:port` as a client asks for it @returns null for what is not on the list */
export function findAllowed(allowed: readonly AllowedIndex[], authority: string): AllowedIndex | null {
  if (!/^[\w.-]{1,253}:\d{1,5}$/.test(authority)) return null;
  const [host = '', port = ''] = authority.toLowerCase().split(':');
  return allowed.find((index) => index.host === host && index.port === Number(port)) ?? null;
}

/** Whether this address of an index may be connected to. */
export function isReachable(address: string, isOwners: boolean): boolean {
  if (!isIPv4(address) && !isIPv6(address)) return false;
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  return !NEVER.check(address, family) && (isOwners || !AT_HOME.check(address, family));
}

/** This host and its links, where metadata and the engine's own services are; a group; nothing. */
const NEVER = listOf([
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 127],
  ['fe80::', 10],
  ['ff00::', 8],
]);

const AT_HOME = listOf([
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['fc00::', 7],
  // Carries an IPv4 address to wherever it points.
  ['64:ff9b::', 96],
  ['2002::', 16],
]);

/** The list also knows an IPv4 address that is written as an IPv6 one (`::ffff:10.0.0.1`). */
function listOf(ranges: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of ranges) list.addSubnet(address, prefix, isIPv4(address) ? 'ipv4' : 'ipv6');
  return list;
}
