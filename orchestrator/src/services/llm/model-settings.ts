/** Where an agent's calls go: its own `llm_config` and key first, then what the system is configured with. Pure. */
import { HairemError } from '../../domain/errors/errors.ts';
import type { InstanceModel, ModelSettings, OwnModel, Reach, SharedModel } from '../../domain/llm/language-model.ts';
import { NO_MODEL_RIGHTS } from '../../domain/llm/language-model.ts';
import { addressOf, isWithin } from '../../domain/llm/model-address.ts';
import { modelName } from '../../domain/llm/model-name.ts';

/** What the system offers to agents that say nothing of their own. */
export interface SystemModel extends SharedModel {
  apiKey: string | null;
  embeddingModel: string | null;
  price: ModelSettings['price'];
}

/** What we send ourselves. */
const NOT_OPTIONS = ['messages', 'tools', 'stream', 'stream_options', 'input', 'model'];

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

/**
 * Fields of a request by which a proxy such as LiteLLM or OpenRouter sends it elsewhere, with the key that it has, or to
 * another model than the one that was checked.
 */
const ROUTING: readonly string[] = [
  'api_base',
  'api_key',
  'api_version',
  'base_url',
  'context_window_fallbacks',
  'custom_llm_provider',
  'extra_body',
  'extra_headers',
  'extra_query',
  'fallbacks',
  'model_list',
  'models',
  'route',
  'user_config',
];

/**
 * @throws HairemError not_configured, saying what to set; bad_request where a value makes no sense; refused for an address
 * of its own that neither its manifest nor the owner allows
 */
export function modelSettings(
  { llm_config, api_key, egress, grant }: InstanceModel,
  system: SystemModel,
): ModelSettings {
  const own = addressOf({ provider: textIn(llm_config, 'provider'), baseUrl: textIn(llm_config, 'base_url') });
  const shared = addressOf(system);
  const baseUrl = own ?? shared;
  if (!baseUrl) throw notConfigured();
  // A key is for whom it was given: the system's is never shown to an address that a bundle names.
  const isShared = baseUrl === shared;
  const place = { provider: textIn(llm_config, 'provider') ?? (isShared ? system.provider : null), baseUrl };
  const named = (name: string | null) => (name === null ? null : modelName(name, place));
  return {
    baseUrl,
    reach: isShared ? 'owner' : reachOf(baseUrl, { egress, grant }),
    allowedModels: grant.models?.map((name) => modelName(name, place)) ?? null,
    apiKey: api_key ?? (isShared ? system.apiKey : null),
    model: named(textIn(llm_config, 'model') ?? (isShared ? system.model : null)),
    embeddingModel: named(textIn(llm_config, 'embedding_model') ?? (isShared ? system.embeddingModel : null)),
    options: Object.fromEntries(Object.entries(llm_config).filter(([name]) => !OURS.has(name))),
    price: priceIn(llm_config) ?? (isShared && !textIn(llm_config, 'model') ? system.price : null),
  };
}

function reachOf(address: string, { egress, grant }: Pick<InstanceModel, 'egress' | 'grant'>): Reach {
  if (grant.modelAddresses.some((granted) => isWithin(granted, address))) return 'granted';
  if (egress) return 'public';
  const what = `llm_config names ${address}, which is not the system's address`;
  const given = `model_addresses: ["${plainPart(address)}"]`;
  const lines = `"network: {egress: internet}" in the manifest, or ${given} for this agent in deploy/grants.yaml`;
  throw new HairemError('refused', `${what}: write ${lines}`);
}

/** For copying into the owner's list: a path may hold what is more than a text there. */
function plainPart(address: string): string {
  const { origin, pathname } = new URL(address);
  return /^[\w./~-]*$/.test(pathname) ? address : origin;
}

/** Why its calls are refused for their address, for its record; null where they are not, or for another reason. */
export function modelRefusal(own: InstanceModel, shared: SharedModel): string | null {
  try {
    modelSettings(own, { ...shared, apiKey: null, embeddingModel: null, price: null });
    return null;
  } catch (error) {
    if (error instanceof HairemError) return error.code === 'refused' ? error.message : null;
    throw error;
  }
}

/**
 * The fields that go along with a request: whatever a provider understands, but for what we say ourselves, and at the
 * system's address or where models are limited, what would lead past both.
 * @throws HairemError bad_request
 */
export function requestOptions(
  given: Readonly<Record<string, unknown>>,
  { reach, allowedModels }: Pick<ModelSettings, 'reach' | 'allowedModels'>,
): Record<string, unknown> {
  const isGuarded = reach === 'owner' || allowedModels !== null;
  const routed = isGuarded ? ROUTING.find((name) => Object.hasOwn(given, name)) : undefined;
  if (routed !== undefined) {
    const message = `${routed} would lead the call elsewhere, which is not for an agent to say: leave it out`;
    throw new HairemError('bad_request', message);
  }
  return Object.fromEntries(Object.entries(given).filter(([name]) => !NOT_OPTIONS.includes(name)));
}

/** The name of the model that its calls go to, for people; null where there is none, or no settings that make sense. */
export function modelInUse(llm_config: OwnModel['llm_config'], shared: SharedModel): string | null {
  try {
    const system = { ...shared, apiKey: null, embeddingModel: null, price: null };
    return modelSettings({ llm_config, api_key: null, ...NO_MODEL_RIGHTS, egress: true }, system).model;
  } catch (error) {
    if (!(error instanceof HairemError)) throw error;
    return error.code === 'not_configured' ? textIn(llm_config, 'model') : null;
  }
}

/** The model that one call is for. @throws HairemError not_configured, refused */
export function chatModel(settings: ModelSettings, wanted: string | null, provider: string | null = null): string {
  const where = 'set HAIREM_LLM_MODEL, or llm_config.model in its manifest';
  const name = wanted === null ? settings.model : modelName(wanted, { provider, baseUrl: settings.baseUrl });
  return allowed(name, settings, `no model is named: ${where}`);
}

/** @throws HairemError not_configured, refused */
export function embeddingModel(settings: ModelSettings): string {
  const where = 'set HAIREM_LLM_EMBEDDING_MODEL, or llm_config.embedding_model in its manifest';
  return allowed(settings.embeddingModel, settings, `no embedding model is named: ${where}`);
}

function allowed(model: string | null, { allowedModels }: ModelSettings, missing: string): string {
  if (!model) throw new HairemError('not_configured', missing);
  if (allowedModels === null || allowedModels.includes(model)) return model;
  const names = allowedModels.length > 0 ? allowedModels.join(', ') : 'none';
  const where = '"models" of this agent in deploy/grants.yaml';
  throw new HairemError(
    'refused',
    `the model ${model} is not one that this agent may use (${names}): add it to ${where}`,
  );
}

function notConfigured(): HairemError {
  const ollama = 'HAIREM_LLM_PROVIDER=ollama and HAIREM_LLM_MODEL=qwen3:8b';
  const where = `for example ${ollama} in .env, or llm_config in the manifest of the agent`;
  return new HairemError(
    'not_configured',
    `no language model is configured yet: set ${where} (deploy/README.md, "A language model")`,
  );
}

function textIn(config: OwnModel['llm_config'], name: string): string | null {
  const value = config[name];
  const text = typeof value === 'string' ? value.trim() : '';
  if (name !== 'base_url' && (text.length > 200 || /\p{Cc}/u.test(text))) {
    throw new HairemError('bad_request', `llm_config.${name} is longer than 200 characters, or has a line break in it`);
  }
  return text === '' ? null : text;
}

/** `price: {input, output}`, US dollars per million tokens. */
function priceIn({ price }: OwnModel['llm_config']): ModelSettings['price'] {
  if (typeof price !== 'object' || price === null) return null;
  const { input = 0, output = 0 } = price as Readonly<Record<string, unknown>>;
  const isNumber = (value: unknown): value is number => typeof value === 'number' && value >= 0;
  if (isNumber(input) && isNumber(output)) return { input, output };
  throw new HairemError('bad_request', 'llm_config.price is {input, output}: US dollars per million tokens');
}
