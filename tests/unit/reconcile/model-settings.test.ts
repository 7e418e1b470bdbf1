/** Which model a record shows: the bundle's own, else what the services say, as soon as either changes. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { DEFAULT_GRANT, type Grant } from '../../../orchestrator/src/domain/grants.ts';
import type { SharedModel } from '../../../orchestrator/src/domain/llm/language-model.ts';
import {
  createLanguageModels,
  type LanguageModels,
} from '../../../orchestrator/src/reconcile/services/model-settings.ts';
import { createRegistry } from '../../../orchestrator/src/registry/create-registry.ts';
import { ownModel } from '../../../orchestrator/src/secrets/own-model.ts';
import { modelRefusal } from '../../../orchestrator/src/services/llm/model-settings.ts';
import { active, desired, eventOf, versionOf } from '../../support/builders/registry-events.ts';
import { steppedClock } from '../../support/fakes/stepped-clock.ts';

let registry: ReturnType<typeof createRegistry>;
let models: LanguageModels;
let emitted: string[];
let grant: Grant;

beforeEach(() => {
  registry = createRegistry({ clock: steppedClock() });
  emitted = [];
  grant = DEFAULT_GRANT;
  models = createLanguageModels({
    swap: {
      emit: happens,
      secretsOf: () => {
        throw new Error('nobody asks');
      },
    },
    actors: new Map(),
    registry,
    grants: () => grant,
    ownModel,
    modelInUse: ({ model }, shared) => (typeof model === 'string' ? model : shared.model),
    modelRefusal,
  });
});

function happens(agent: string, fact: AgentFact): void {
  emitted.push(fact.type);
  registry.apply(eventOf(fact, { agent }));
  models.noteFact(agent, fact);
}
const shared = (model: string | null): SharedModel => ({ provider: 'ollama', baseUrl: null, model });
const shown = (agent = 'echo') => registry.get(agent)?.llm_model;
const wanting = (hash: string, llm_config: Record<string, unknown>) =>
  desired(hash, { version: versionOf(hash, { llm_config }) });

test('its own at once, without a word of the services', () => {
  happens('echo', wanting('h1', { model: 'own' }));
  assert.equal(shown(), 'own');
  models.noteShared(shared('small'));
  assert.equal(shown(), 'own');
});

test('the system’s when the services have said it, and again when it is another', () => {
  happens('echo', wanting('h1', {}));
  assert.equal(shown(), null);
  models.noteShared(shared('small'));
  assert.equal(shown(), 'small');
  happens('late', desired('h1'));
  assert.equal(shown('late'), 'small');
  models.noteShared(shared('large'));
  assert.deepEqual([shown(), shown('late')], ['large', 'large']);
  models.noteShared(shared(null));
  assert.equal(shown(), null);
});

test('what is said again is no event', () => {
  happens('echo', desired('h1'));
  models.noteShared(shared('small'));
  const before = emitted.length;
  models.noteShared(shared('small'));
  happens('echo', active('h1', 1));
  assert.deepEqual(emitted.slice(before), ['active']);
});

test('of the version that acts, whatever the folder asks for', () => {
  models.noteShared(shared('small'));
  happens('echo', active('h1', 1, { llm_config: { model: 'old' } }));
  happens('echo', wanting('h2', { model: 'new' }));
  assert.equal(shown(), 'old');
  models.noteShared(shared('large'));
  assert.equal(shown(), 'old');
  happens('echo', active('h2', 2, {}));
  assert.equal(shown(), 'large');
});

test('of an agent that is gone nothing is said', () => {
  happens('echo', desired('h1'));
  happens('echo', { type: 'removed' });
  const before = emitted.length;
  models.noteShared(shared('small'));
  assert.equal(emitted.length, before);
});

test('an address of its own that nobody allows is a warning with the line to write, until it is allowed', () => {
  const warnings = () => registry.get('echo')?.warnings ?? [];
  happens('echo', wanting('h1', { base_url: 'http://192.168.1.5:1234/v1' }));
  assert.deepEqual(warnings(), [], 'it may be the system’s, which only the services know');
  models.noteShared(shared('small'));
  assert.match(warnings().join(), /^model: .*192\.168\.1\.5:1234.*egress: internet.*model_addresses/);
  const before = emitted.length;
  models.noteShared(shared('small'));
  assert.equal(emitted.length, before);
  grant = { ...DEFAULT_GRANT, modelAddresses: ['http://192.168.1.5:1234'] };
  models.noteShared(shared('small'));
  assert.deepEqual(warnings(), []);
});
