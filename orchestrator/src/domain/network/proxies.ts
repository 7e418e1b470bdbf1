/**
 * The proxies of the home (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`), and whether an address is reached through one. Pure.
 *
 * `NO_PROXY` is a list with commas or blanks: `*` for all, a name with everything below it (`home.arpa`, `.home.arpa` and
 * `*.home.arpa` are the same), an address, a range of addresses (`192.168.0.0/16`); each with `:port` for that port alone.
 */
import { BlockList, isIP } from 'node:net';

export interface Proxies {
  /** For `http:`. */
  http: string | null;
  /** For `https:`. */
  https: string | null;
  none: readonly string[];
}

export const NO_PROXIES: Proxies = { http: null, https: null, none: [] };

/** Where only this host is meant, whatever the list says. */
const HERE = ['localhost', '127.0.0.0/8', '::1', 'host.docker.internal'];

type Variables = Readonly<Record<string, string | undefined>>;

/** In capitals or not; hAIrem's own names, which compose passes on, stand before. An empty one counts as not set. */
export function proxiesIn(env: Variables): Proxies {
  const one = (name: string) => env[`HAIREM_${name}`] || env[name] || env[name.toLowerCase()] || null;
  const none = (one('NO_PROXY') ?? '').split(/[\s,]+/).filter((part) => part !== '');
  return { http: urlOf(one('HTTP_PROXY')), https: urlOf(one('HTTPS_PROXY')), none };
}

/** `proxy:3128` is meant as everybody takes it. */
function urlOf(text: string | null): string | null {
  if (text === null) return null;
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(url)) return null;
  const { protocol, hostname } = new URL(url);
  return (protocol === 'http:' || protocol === 'https:') && hostname !== '' ? url : null;
}

/** @returns the URL of the proxy that this one is reached through; null where there is none between */
export function proxyFor({ protocol, hostname, port }: URL, proxies: Proxies): string | null {
  const proxy = protocol === 'https:' ? proxies.https : proxies.http;
  if (proxy === null) return null;
  const host = hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const at = Number(port) || (protocol === 'https:' ? 443 : 80);
  return [...proxies.none, ...HERE].some((entry) => isMeant(entry.toLowerCase(), host, at)) ? null : proxy;
}

function isMeant(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  const [, bracketed, plain = '', only] = /^(?:\[(.+)\]|([^:]+|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  const name = bracketed ?? plain;
  if (only !== undefined && isIP(entry) === 0 && Number(only) !== port) return false;
  const meant = isIP(entry) === 0 ? name : entry;
  if (isIP(host) !== 0) return isInRange(meant, host);
  const suffix = meant.replace(/^\*?\./, '');
  return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`));
}

function isInRange(range: string, address: string): boolean {
  const [base = '', bits] = range.split('/', 2);
  const family = isIP(base);
  if (family === 0) return false;
  const most = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > most) return false;
  const list = new BlockList();
  list.addSubnet(base, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

/** What an agent that reaches the network gets; Node's own clients look at them where they are told to. */
export function proxyVariables(proxies: Proxies): Record<string, string> {
  const named = inCapitals(proxies);
  return Object.keys(named).length === 0 ? {} : { ...named, NODE_USE_ENV_PROXY: '1' };
}

/** What the steps of a build get, in both spellings: apt reads the small one alone. */
export const proxyArguments = (proxies: Proxies): Record<string, string> =>
  Object.fromEntries(
    Object.entries(inCapitals(proxies)).flatMap(([name, value]) =>
      [name, name.toLowerCase()].map((one) => [one, value]),
    ),
  );

function inCapitals({ http, https, none }: Proxies): Record<string, string> {
  if (http === null && https === null) return {};
  return {
    ...(http === null ? {} : { HTTP_PROXY: http }),
    ...(https === null ? {} : { HTTPS_PROXY: https }),
    NO_PROXY: [...none, ...HERE].join(','),
  };
}

/** What a log must not show. */
export const passwordsOf = ({ http, https }: Proxies): string[] =>
  [http, https].flatMap((url) => (url === null ? [] : decodeURIComponent(new URL(url).password) || []));
