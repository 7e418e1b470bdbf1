/** What a version of a bundle may do, as far as its bundle says so. Pure. */
import type { Rights } from '../domain/trust.ts';
import type { SecretReference, Version } from '../domain/version.ts';

export function rightsOf({ spec, topics, secrets = [], soft }: Version): Rights {
  return { ...spec, topics, secrets: [...new Set(secrets.flatMap(namedBy))].sort(), model: modelOf(soft.llm_config) };
}

/** As it is written in the manifest; what is written out there is the bundle's own anyway. */
function namedBy({ name, from }: SecretReference): string[] {
  switch (from.kind) {
    case 'name':
      return [name];
    case 'variable':
      return [`\${${from.variable}}`];
    case 'file':
      return [`{file: ${from.file.slice(0, 200)}}`];
    case 'literal':
      return [];
  }
}

/** An address without what may be a password in it; else the provider, which has one. */
function modelOf({ base_url, provider }: Readonly<Record<string, unknown>>): string | null {
  if (typeof base_url === 'string' && base_url !== '') return addressOf(base_url);
  return typeof provider === 'string' && provider !== '' ? `the provider ${provider.slice(0, 60)}` : null;
}

function addressOf(text: string): string {
  if (!URL.canParse(text)) return text.slice(0, 200);
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname}`.slice(0, 200);
}
