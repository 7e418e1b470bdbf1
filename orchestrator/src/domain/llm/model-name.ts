/**
 * The name of a model as its provider knows it. Bundles of the in-process kind write the provider before it, as LiteLLM
 * wants it (`openrouter/vendor/model`); a provider that is asked directly knows no such name. Pure.
 */
import { providerAt } from './model-address.ts';

/** What else stands for a provider in front of a name. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  ollama: ['ollama_chat'],
  vllm: ['hosted_vllm'],
  lmstudio: ['lm_studio'],
  litellm: ['litellm_proxy'],
};

/** Names that begin so at the provider itself. */
const OWN_NAMES: Readonly<Record<string, RegExp>> = {
  openrouter: /^openrouter\/[^/]+$/, // openrouter/auto
  groq: /^groq\/compound/,
  nvidia: /^nvidia\/[^/]+$/,
};

/** They give names of others, with those others before them, whatever a bundle calls such an address. */
const ROUTERS = ['openrouter', 'litellm'];

interface Place {
  provider: string | null;
  /** In one spelling. */
  baseUrl: string;
}

export function modelName(written: string, { provider, baseUrl }: Place): string {
  const there = providerAt(baseUrl);
  const named = provider?.trim().toLowerCase() ?? null;
  const all = there !== null && ROUTERS.includes(there) ? [there] : [named, there];
  const known = all.filter((one) => one !== null);
  const name = written.toLowerCase();
  if (known.some((one) => Object.hasOwn(OWN_NAMES, one) && OWN_NAMES[one]?.test(name))) return written;
  const prefixes = known.flatMap((one) => [one, ...(Object.hasOwn(ALIASES, one) ? (ALIASES[one] ?? []) : [])]);
  const prefix = prefixes.find((one) => name.startsWith(`${one}/`) && name.length > one.length + 1);
  return prefix === undefined ? written : written.slice(prefix.length + 1);
}
