/**
 * Where packages may come from in one build: the public indexes, the installation's mirrors in their place, and what
 * the owner granted. As addresses for the proxy, and as settings for pip and npm. Pure but for its own files' place.
 */
import { fileURLToPath } from 'node:url';
import type { Grant } from '../domain/grants.ts';
import { type Proxies, proxyFor } from '../domain/network/proxies.ts';
import type { PackageIndex } from '../domain/ports/ports.ts';
import type { Runtime } from '../domain/version.ts';

/** Of the installation (HAIREM_PIP_INDEX_URL, HAIREM_NPM_REGISTRY); null for the public one. */
export interface Mirrors {
  pip: string | null;
  npm: string | null;
}

export const NO_MIRRORS: Mirrors = { pip: null, npm: null };

const PUBLIC: Readonly<Record<Runtime, readonly string[]>> = {
  python: ['https://pypi.org/', 'https://files.pythonhosted.org/'],
  node: ['https://registry.npmjs.org/'],
};

/** The folder of the proxy's own program. */
export const INDEX_PROXY_DIR = fileURLToPath(new URL('../index-proxy', import.meta.url));

export interface BuildSources {
  runtime: Runtime;
  mirrors: Mirrors;
  sources: Grant['build']['sources'];
  proxies: Proxies;
}

/** What the proxy lets through. */
export function indexesFor({ runtime, mirrors, sources, proxies }: BuildSources): PackageIndex[] {
  const mirror = runtime === 'python' ? mirrors.pip : mirrors.npm;
  const own = mirror === null ? sources : [mirror, ...sources];
  return [
    ...own.map((url) => toIndex(url, true, proxies)),
    ...PUBLIC[runtime].map((url) => toIndex(url, false, proxies)),
  ].filter((index) => index !== null);
}

/** `git+https://…` and the like are where their https is; what is neither http nor https cannot pass. */
function toIndex(source: string, isOwners: boolean, proxies: Proxies): PackageIndex | null {
  const text = source.replace(/^git\+/, '');
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, port } = new URL(text);
  if ((protocol !== 'https:' && protocol !== 'http:') || !/^[\w.-]{1,253}$/.test(hostname)) return null;
  const isProxied = proxyFor(new URL(text), proxies) !== null;
  return { host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80), isOwners, isProxied };
}

export interface BuildSettings extends Pick<BuildSources, 'mirrors' | 'sources'> {
  /** Certificates to trust, as files: one's own, and then all of them. */
  ca?: readonly { name: string; text: string }[];
}

/** Files of the build context, by name: nothing of them is in the Dockerfile. */
export function settingsFor({ mirrors, sources, ca = [] }: BuildSettings): { name: string; text: string }[] {
  const plain = [...(mirrors.pip === null ? [] : [mirrors.pip]), ...sources].filter((url) => /^http:/.test(url));
  const trusted = [...new Set(plain.map((url) => new URL(url).host))];
  const pip = ['[global]', 'retries = 2', 'timeout = 30'];
  if (mirrors.pip !== null) pip.push(`index-url = ${mirrors.pip}`);
  if (trusted.length > 0) pip.push('trusted-host =', ...trusted.map((host) => `    ${host}`));
  const npm = ['fetch-retries=2', 'fetch-retry-mintimeout=1000', 'replace-registry-host=never'];
  if (mirrors.npm !== null) npm.push(`registry=${mirrors.npm}`);
  const all = ca.at(-1);
  if (all) pip.push(`cert = /settings/${all.name}`);
  if (all) npm.push(`cafile=/settings/${all.name}`);
  const git = all ? ['[http]', `\tsslCAInfo = /settings/${all.name}`] : [];
  return [
    ...ca.map(({ name, text }) => ({ name: `settings/${name}`, text })),
    { name: 'settings/gitconfig', text: `${git.join('\n')}\n` },
    { name: 'settings/pip.conf', text: `${pip.join('\n')}\n` },
    { name: 'settings/npmrc', text: `${npm.join('\n')}\n` },
  ];
}
