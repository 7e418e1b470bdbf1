/**
 * What an IP address is to a process that calls addresses which an outsider named: a pure table, after the registries of
 * special-purpose addresses (RFC 6890) and of what clouds and NAT64 do with them. Whatever is not known to be public is
 * not.
 */
import { BlockList, isIP } from 'node:net';

/**
 * `public`: the internet. `private`: a machine of the house, reached where the owner names it. `never`: this machine, its
 * link, hAIrem itself, a cloud's metadata, and all that is no host.
 */
export type AddressClass = 'public' | 'private' | 'never';

const NEVER_V4 = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Metadata of clouds: Alibaba, Azure.
  '100.100.100.200/32',
  '168.63.129.16/32',
];
const PRIVATE_V4 = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'];

/** Of the global unicast block: protocol assignments (Teredo and ORCHID within), documentation, 6to4. */
const NEVER_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', 'fd00:ec2::254/128', 'fd20:ce::254/128'];
const PRIVATE_V6 = ['fc00::/7'];
const PUBLIC_V6 = ['2000::/3'];
/** Both carry an IPv4 address in their last 32 bits: mapped, and NAT64 (RFC 6052). */
const CARRIES_V4 = ['::ffff:0:0/96', '64:ff9b::/96'];

/** @param own networks of hAIrem itself, as `address/bits`; what does not parse is left out */
export function createAddressClass(own: readonly string[]): (address: string) => AddressClass {
  const never = listOf([...NEVER_V4, ...NEVER_V6, ...own]);
  const inHouse = listOf([...PRIVATE_V4, ...PRIVATE_V6]);
  const global = listOf(PUBLIC_V6);
  const carries = listOf(CARRIES_V4);

  const ofV4 = (address: string): AddressClass => {
    if (never.check(address, 'ipv4')) return 'never';
    return inHouse.check(address, 'ipv4') ? 'private' : 'public';
  };
  const ofV6 = (address: string): AddressClass => {
    if (carries.check(address, 'ipv6')) return ofV4(lastFourBytes(address));
    if (never.check(address, 'ipv6')) return 'never';
    if (inHouse.check(address, 'ipv6')) return 'private';
    return global.check(address, 'ipv6') ? 'public' : 'never';
  };
  return (address) => {
    const family = isIP(address);
    if (family === 4) return ofV4(address);
    return family === 6 && !address.includes('%') ? ofV6(address) : 'never';
  };
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    const family = isIP(address);
    if (family !== 0 && /^\d{1,3}$/.test(bits)) list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** Of an IPv6 address in any spelling, as the parser of URLs shortens it: `::ffff:7f00:1`. */
function lastFourBytes(address: string): string {
  const [, high = '0', low = '0'] = /([0-9a-f]*):([0-9a-f]*)\]$/.exec(new URL(`http://[${address}]`).host) ?? [];
  const [first, second] = [Number.parseInt(high || '0', 16), Number.parseInt(low || '0', 16)];
  return [first >> 8, first & 255, second >> 8, second & 255].join('.');
}
