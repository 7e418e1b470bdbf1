/** Addresses of language models: what a bundle names, and whether an owner's grant covers it. Pure. */
import { HairemError } from '../errors/errors.ts';

/** Providers whose address one need not know. Those of the house are looked for beside the services, on their host. */
const ADDRESSES: Readonly<Record<string, string>> = {
  openai: 'https://api.openai.com/v1',
  openrouter: 'https://openrouter.ai/api/v1',
  anthropic: 'https://api.anthropic.com/v1',
  gemini: 'https://generativelanguage.googleapis.com/v1beta/openai',
  mistral: 'https://api.mistral.ai/v1',
  groq: 'https://api.groq.com/openai/v1',
  deepseek: 'https://api.deepseek.com/v1',
  ollama: 'http://host.docker.internal:11434/v1',
  lmstudio: 'http://host.docker.internal:1234/v1',
  litellm: 'http://host.docker.internal:4000/v1',
  vllm: 'http://host.docker.internal:8000/v1',
};

/** Nobody else's, on whatever host. */
const OLLAMA_PORT = '11434';

const LONGEST = 2048;

interface Named {
  provider: string | null;
  baseUrl: string | null;
}

/**
 * The base URL that these settings name, in one spelling: without a slash at its end, host in lower case.
 * @returns null where they name none
 * @throws HairemError bad_request where it is none, not_configured for a provider that nobody knows
 */
export function addressOf({ provider, baseUrl }: Named): string | null {
  if (baseUrl) return spelled(baseUrl);
  if (!provider) return null;
  const known = providerAddress(provider);
  if (known) return known;
  const names = Object.keys(ADDRESSES).join(', ');
  const message = `the provider ${shown(provider)} is not known (${names}): set its base_url, too`;
  throw new HairemError('not_configured', message);
}

/** The address that a bundle's `llm_config` names, as far as it can be told without its secrets; null for none. */
export function namedAddress({ provider, base_url }: Readonly<Record<string, unknown>>): string | null {
  if (typeof base_url === 'string' && base_url.trim() !== '') return base_url.trim().slice(0, LONGEST);
  return typeof provider === 'string' ? (providerAddress(provider) ?? null) : null;
}

/** Who is at this address, which is in one spelling; null where nobody can tell. */
export function providerAt(baseUrl: string): string | null {
  const { origin, port } = new URL(baseUrl);
  const known = Object.entries(ADDRESSES).find(([, address]) => new URL(address).origin === origin)?.[0];
  return known ?? (port === OLLAMA_PORT ? 'ollama' : null);
}

/** Whether `address` is `granted` or below it: the same scheme, host and port, and the same first parts of the path. */
export function isWithin(granted: string, address: string): boolean {
  if (!URL.canParse(granted) || !URL.canParse(address)) return false;
  const [whole, part] = [new URL(address), new URL(granted)];
  const wanted = whole.pathname.split('/');
  const given = part.pathname.replace(/\/+$/, '').split('/');
  return whole.origin === part.origin && given.every((segment, n) => wanted[n] === segment);
}

function providerAddress(provider: string): string | undefined {
  const name = provider.trim().toLowerCase();
  return Object.hasOwn(ADDRESSES, name) ? ADDRESSES[name] : undefined;
}

function spelled(baseUrl: string): string {
  const url = baseUrl.length <= LONGEST && URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (url && (url.username || url.password)) throw hasPassword();
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new HairemError('bad_request', `base_url is ${shown(baseUrl)}; expected a URL like ${meant(baseUrl)}`);
  }
  // What is asked for is appended to it, so a query would swallow that, and %2f would be a slash to some servers only.
  if (url.search || url.hash || /%(2f|5c|2e|00)/i.test(url.pathname)) {
    throw new HairemError('bad_request', 'base_url has a query, a fragment or an encoded slash; expected a plain path');
  }
  // Manuals give the whole address of an operation, which is appended here.
  return `${url.origin}${url.pathname}`.replace(/(\/+|\/(chat\/)?completions|\/embeddings)+$/, '');
}

/** What would do, where that can be guessed: a host without its scheme, or a space in it. */
function meant(baseUrl: string): string {
  const [, scheme = 'http', rest = ''] = /^(?:(https?):?\/*)?(.*)$/i.exec(baseUrl.replaceAll(/\s+/g, '')) ?? [];
  const isHost = /^[\w.-]+(:\d{1,5})?(\/[\w./-]*)?$/.test(rest) && rest.length < 100;
  const url = `${scheme.toLowerCase()}://${rest}`;
  if (!isHost || !URL.canParse(url)) return 'http://192.168.1.5:11434/v1';
  return new URL(url).pathname === '/' ? `${new URL(url).origin}/v1` : url;
}

/** No client takes one, and most repeat the address in their errors. */
function hasPassword(): HairemError {
  const where = 'give the key as HAIREM_LLM_API_KEY, or as the secret LLM_API_KEY of the agent';
  const message = `base_url has a user or a password in it, which is shown in many places: ${where}`;
  return new HairemError('bad_request', message);
}

/** A foreign word in a sentence of ours. */
function shown(text: string): string {
  const plain = text.replaceAll(/\p{C}/gu, '');
  return plain.length > 100 ? `${plain.slice(0, 100)}…` : plain;
}
