/** Where an agent's calls go: its own `llm_config` and key first, then what the system is configured with. Pure. */
import { HairemError } from '../../domain/errors.ts';
import type { ModelSettings, OwnModel, SharedModel } from '../../domain/language-model.ts';

/** What the system offers to agents that say nothing of their own. */
export interface SystemModel extends SharedModel {
  apiKey: string | null;
  embeddingModel: string | null;
  price: ModelSettings['price'];
}

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

/** Keys of `llm_config` that are ours; all others are sent along. */
const OURS: ReadonlySet<string> = new Set([
  'provider',
  'base_url',
  'api_key',
  'model',
  'embedding_model',
  'price',
  'max_rounds',
  'max_history',
]);

/** @throws HairemError not_configured, saying what to set; bad_request where a value makes no sense */
export function modelSettings({ llm_config, api_key }: OwnModel, system: SystemModel): ModelSettings {
  const own = addressOf(textIn(llm_config, 'provider'), textIn(llm_config, 'base_url'));
  const shared = addressOf(system.provider, system.baseUrl);
  const baseUrl = own ?? shared;
  if (!baseUrl) throw notConfigured();
  // A key is for whom it was given: the system's is never shown to an address that a bundle names.
  const isShared = baseUrl === shared;
  return {
    baseUrl,
    apiKey: api_key ?? (isShared ? system.apiKey : null),
    model: textIn(llm_config, 'model') ?? (isShared ? system.model : null),
    embeddingModel: textIn(llm_config, 'embedding_model') ?? (isShared ? system.embeddingModel : null),
    options: Object.fromEntries(Object.entries(llm_config).filter(([name]) => !OURS.has(name))),
    price: priceIn(llm_config) ?? (isShared && !textIn(llm_config, 'model') ? system.price : null),
  };
}

/** The name of the model that its calls go to, for people; null where there is none, or no settings that make sense. */
export function modelInUse(llm_config: OwnModel['llm_config'], shared: SharedModel): string | null {
  const own = textIn(llm_config, 'model');
  if (own) return own;
  try {
    const system = { ...shared, apiKey: null, embeddingModel: null, price: null };
    return modelSettings({ llm_config, api_key: null }, system).model;
  } catch (error) {
    if (error instanceof HairemError) return null;
    throw error;
  }
}

/** The model that one call is for. @throws HairemError not_configured */
export function chatModel(settings: ModelSettings, wanted: string | null): string {
  const model = wanted ?? settings.model;
  if (model) return model;
  throw new HairemError(
    'not_configured',
    'no model is named: set HAIREM_LLM_MODEL, or llm_config.model in its manifest',
  );
}

/** @throws HairemError not_configured */
export function embeddingModel({ embeddingModel: model }: ModelSettings): string {
  if (model) return model;
  const where = 'set HAIREM_LLM_EMBEDDING_MODEL, or llm_config.embedding_model in its manifest';
  throw new HairemError('not_configured', `no embedding model is named: ${where}`);
}

function notConfigured(): HairemError {
  const ollama = 'HAIREM_LLM_PROVIDER=ollama and HAIREM_LLM_MODEL=qwen3:8b';
  const where = `for example ${ollama} in .env, or llm_config in the manifest of the agent`;
  return new HairemError(
    'not_configured',
    `no language model is configured yet: set ${where} (deploy/README.md, "A language model")`,
  );
}

/** fetch takes none, and repeats the address in its error. */
function hasPassword(): HairemError {
  const where = 'give the key as HAIREM_LLM_API_KEY, or as the secret LLM_API_KEY of the agent';
  return new HairemError(
    'bad_request',
    `base_url has a user or a password in it, which is shown in many places: ${where}`,
  );
}

function addressOf(provider: string | null, baseUrl: string | null): string | null {
  if (baseUrl) {
    const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
    if (url && (url.username || url.password)) throw hasPassword();
    if (!url || !/^https?:$/.test(url.protocol)) {
      throw new HairemError('bad_request', `base_url is ${baseUrl}; expected a URL like http://192.168.1.5:11434/v1`);
    }
    return baseUrl.replace(/\/+$/, '');
  }
  if (!provider) return null;
  const known = ADDRESSES[provider.toLowerCase()];
  if (known) return known;
  const names = Object.keys(ADDRESSES).join(', ');
  throw new HairemError('not_configured', `the provider ${provider} is not known (${names}): set its base_url, too`);
}

function textIn(config: OwnModel['llm_config'], name: string): string | null {
  const value = config[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** `price: {input, output}`, US dollars per million tokens. */
function priceIn({ price }: OwnModel['llm_config']): ModelSettings['price'] {
  if (typeof price !== 'object' || price === null) return null;
  const { input = 0, output = 0 } = price as Readonly<Record<string, unknown>>;
  const isNumber = (value: unknown): value is number => typeof value === 'number' && value >= 0;
  if (isNumber(input) && isNumber(output)) return { input, output };
  throw new HairemError('bad_request', 'llm_config.price is {input, output}: US dollars per million tokens');
}
