/** Secrets in a bundle's config: names that it refers to, and values under keys that say what they are. Pure. */
import { linesToGrant } from '../domain/grants.ts';
import type { SoftPart } from '../domain/version.ts';
import { prefixOf } from './secret-names.ts';

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** The whole of a value, in capitals, as one writes a variable and seldom anything else. */
const VARIABLE = /^\$\{([A-Z][A-Z0-9_]*)\}$/;
/** The last word of a key decides: `ha_token` and `clientSecret` do, `max_tokens` does not. */
const TELLING =
  /(?:^|[_\-.\s]|(?<=[a-z0-9])(?=[A-Z]))(?:token|secret|password|passwd|passphrase|api[_-]?key|access[_-]?key|private[_-]?key)$/i;

type Configured = Pick<SoftPart, 'config' | 'llm_config'>;

export function isSensitiveKey(key: string): boolean {
  return TELLING.test(key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2'));
}

/** The names in `${…}`, anywhere in config and llm_config. */
export function namesIn({ config, llm_config }: Configured): string[] {
  const names = texts([config, llm_config]).flatMap(({ text }) =>
    [...text.matchAll(REFERENCE)].map((match) => match[1]),
  );
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** Values that are written out where a secret is expected: not shown anywhere. */
export function sensitiveIn({ config, llm_config }: Configured): string[] {
  return texts([config, llm_config]).flatMap(({ key, text }) => (isSensitiveKey(key) ? [text] : []));
}

/** References that look like variables and are none of this agent's, so they reach it as they are written. */
export function strangersIn(agent: string, { config, llm_config }: Configured, own: readonly string[]): string[] {
  const prefix = prefixOf(agent);
  return texts([config, llm_config]).flatMap(({ text }) => {
    const name = VARIABLE.exec(text)?.[1];
    if (name === undefined || name.startsWith(prefix) || own.includes(name)) return [];
    return [
      `config holds \${${name}}, which is none of its secrets and stays as it is; \${${prefix}${name}} would be one; to give it this one, ${linesToGrant(agent, 'variables', `[${name}]`)}`,
    ];
  });
}

interface Text {
  key: string;
  text: string;
}

function texts(value: unknown, key = ''): Text[] {
  if (typeof value === 'string') return [{ key, text: value }];
  if (Array.isArray(value)) return value.flatMap((item) => texts(item, key));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => texts(member, name));
}
