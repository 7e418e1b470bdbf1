/** An agent's secrets inside its process: by both names in the environment, and where its config refers to them. */
import type { JsonObject, Profile } from '../agent-host.ts';

export type Secrets = Readonly<Record<string, string>>;

/** `HA_TOKEN` of `electra` is `ELECTRA_HA_TOKEN` as well; names of the runtime's own settings are left out. */
export function environmentOf(agent: string, secrets: Secrets): Map<string, string> {
  const prefix = `${agent.toUpperCase().replaceAll('-', '_')}_`;
  const own = Object.entries(secrets).filter(([name]) => !name.startsWith('HAIREM_'));
  return new Map(own.flatMap(([name, value]) => [[name, value] as const, [`${prefix}${name}`, value] as const]));
}

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** With values for `${…}` in config and llm_config; what is none of its names stays as it is written. */
export function filledIn(profile: Profile, names: ReadonlyMap<string, string>): Profile {
  if (names.size === 0) return profile;
  const fill = (text: string) => text.replaceAll(REFERENCE, (all, name: string) => names.get(name) ?? all);
  const config = mapTexts(profile.config, fill) as JsonObject;
  return { ...profile, config, llm_config: mapTexts(profile.llm_config, fill) as JsonObject };
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapTexts(member, change)]));
}

const TELLING =
  /(?:^|[_\-.\s])(?:token|secret|password|passwd|passphrase|api[_-]?key|access[_-]?key|private[_-]?key)$/i;

/** Whether what stands under it is a secret by its name: the last word decides (`ha_token`, not `max_tokens`). */
export function isSensitiveKey(key: string): boolean {
  return TELLING.test(key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2'));
}

/** What an instance says of itself, with its errors as the log would show them: states and names are never touched. */
export function withErrorsHidden(message: object, hide: (text: string) => string): object {
  const shown: Record<string, unknown> = { ...message };
  const { error, tasks } = shown;
  if (typeof error === 'string' || isObject(error)) shown.error = mapTexts(error, hide);
  if (Array.isArray(tasks)) shown.tasks = tasks.map((task) => (isObject(task) ? withErrorsHidden(task, hide) : task));
  return shown;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
