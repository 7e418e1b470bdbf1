/** What a bundle says of its language model, with the key out of its secrets. Nothing else of them leaves here. Pure. */
import type { AgentId } from '../domain/agent.ts';
import type { OwnModel } from '../domain/llm/language-model.ts';
import { prefixOf } from './secret-names.ts';

type Config = OwnModel['llm_config'];

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

export function ownModel(agent: AgentId, config: Config, secrets: Readonly<Record<string, string>>): OwnModel {
  const { api_key: written, ...rest } = config;
  const llm_config = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [
      name,
      typeof value === 'string' ? filled(agent, value, secrets) : value,
    ]),
  );
  return { llm_config, api_key: keyOf(agent, { written, provider: llm_config.provider }, secrets) };
}

/** As it is written, else the secret LLM_API_KEY, else the one that is called after its provider. */
function keyOf(
  agent: AgentId,
  { written, provider }: { written: unknown; provider: unknown },
  secrets: Readonly<Record<string, string>>,
): string | null {
  const text = typeof written === 'string' ? filled(agent, written, secrets) : '';
  if (text !== '' && !text.includes('${')) return text;
  const named = typeof provider === 'string' ? `${provider.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_API_KEY` : '';
  const name = ['LLM_API_KEY', named].find((one) => Object.hasOwn(secrets, one));
  return name === undefined ? null : (secrets[name] ?? null);
}

function filled(agent: AgentId, text: string, secrets: Readonly<Record<string, string>>): string {
  const prefix = prefixOf(agent);
  return text.replaceAll(REFERENCE, (all, name: string) => {
    const own = Object.hasOwn(secrets, name) ? name : name.startsWith(prefix) ? name.slice(prefix.length) : '';
    return Object.hasOwn(secrets, own) ? (secrets[own] ?? all) : all;
  });
}
