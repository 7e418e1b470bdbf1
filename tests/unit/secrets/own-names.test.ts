/** Whose a flat name is: one line a case. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { reservedNames } from '../../../orchestrator/src/domain/reserved-names.ts';
import { SETTINGS } from '../../../orchestrator/src/process/config.ts';
import { newClaims, type Ownership, ownershipOf } from '../../../orchestrator/src/secrets/secret-names.ts';

const isReserved = reservedNames(SETTINGS);

interface Given {
  claims?: Record<string, string>;
  granted?: string[];
}

function said(ownership: Ownership): string {
  if (ownership.kind === 'nobody') return 'nobody';
  if (ownership.kind === 'owned') return `${ownership.name} of ${ownership.agent}`;
  return `asked: ${ownership.by.map(({ agent, name }) => `${name} of ${agent}`).join(', ')}`;
}

function whose(name: string, ids: string, { claims = {}, granted = [] }: Given = {}): string {
  const rules = { ids: ids.split(' ').filter(Boolean), claims: new Map(Object.entries(claims)), isReserved };
  return said(ownershipOf(name, { ...rules, granted: new Set(granted) }));
}

const OF_ELECTRA = { ELECTRA_HA_TOKEN: 'electra' };

const CASES: [string, string, string, Given?][] = [
  ['ELECTRA_HA_TOKEN', 'electra', 'HA_TOKEN of electra'],
  ['ELECTRA_HA_TOKEN', 'electra-ha', 'TOKEN of electra-ha'],
  ['ELECTRA_HA_TOKEN', 'electra-ha-token', 'nobody'],
  ['ELECTRA_HA_TOKEN', '', 'nobody'],
  ['ELECTRA_HA_TOKEN', 'electra electra-ha', 'asked: TOKEN of electra-ha, HA_TOKEN of electra'],
  ['ELECTRA_HA_TOKEN', 'electra electra-ha electra-ha-token', 'asked: TOKEN of electra-ha, HA_TOKEN of electra'],
  ['ELECTRA_HA_TOKEN', 'electra electra-ha', 'HA_TOKEN of electra', { claims: OF_ELECTRA }],
  ['ELECTRA_HA_TOKEN', 'electra-ha', 'HA_TOKEN of electra', { claims: OF_ELECTRA }],
  ['ELECTRA_HA_TOKEN', 'electra electra-ha', 'TOKEN of electra-ha', { claims: { ELECTRA_HA_TOKEN: 'electra-ha' } }],
  ['ELECTRA_HA_TOKEN', 'electra', 'nobody', { granted: ['ELECTRA_HA_TOKEN'] }],
  ['ELECTRA_HA_TOKEN', 'electra', 'HA_TOKEN of electra', { granted: ['ELECTRA_HA_TOKEN'], claims: OF_ELECTRA }],
  ['MQTT_PASSWORD', 'mqtt', 'nobody', { granted: ['MQTT_PASSWORD'] }],
  ['electra_HA_TOKEN', 'electra', 'nobody'],
  ['Electra_HA_TOKEN', 'electra', 'nobody'],
  ['ELECTRA_ha_token', 'electra', 'ha_token of electra'],
  ['ELECTRA-HA_TOKEN', 'electra', 'nobody'],
  ['ELECTRA_HA-TOKEN', 'electra', 'nobody'],
  ['ELECTRA_', 'electra', 'nobody'],
  ['ELECTRA', 'electra', 'nobody'],
  ['ELECTRAX_T', 'electra', 'nobody'],
  ['ELECTRA__T', 'electra', '_T of electra'],
  ['A_B_C', 'a a-b', 'asked: C of a-b, B_C of a'],
  ['A_B_C', 'a--b', 'nobody'],
  ['A__B_C', 'a--b', 'C of a--b'],
  ['A_C', 'a a-b', 'C of a'],
  [`A_${'X'.repeat(64)}`, 'a', `${'X'.repeat(64)} of a`],
  [`A_${'X'.repeat(65)}`, 'a', 'nobody'],
  ['SURREALDB_PASSWORD', 'surrealdb', 'nobody'],
  ['SURREALDB_ANYTHING', 'surrealdb', 'nobody'],
  ['SURREALDB_PASSWORD', 'surrealdb', 'nobody', { claims: { SURREALDB_PASSWORD: 'surrealdb' } }],
  ['HAIREM_LLM_API_KEY', 'hairem hairem-llm', 'nobody'],
  ['HAIREM_X_TOKEN', 'hairem-x', 'nobody'],
  ['COMPOSE_FILE', 'compose', 'nobody'],
  ['COMPOSE_PROJECT_NAME', 'compose-project', 'nobody'],
  ['DOCKER_HOST', 'docker', 'nobody'],
  ['DOCKER_CONTENT_TRUST', 'docker-content', 'nobody'],
  ['BUILDKIT_HOST', 'buildkit', 'nobody'],
  ['NODE_OPTIONS', 'node', 'nobody'],
  ['NODE_EXTRA_CA_CERTS', 'node-extra', 'nobody'],
  ['YARN_VERSION', 'yarn', 'nobody'],
  ['NPM_CONFIG_REGISTRY', 'npm npm-config', 'nobody'],
  ['HTTP_PROXY', 'http', 'nobody'],
  ['HTTPS_PROXY', 'https', 'nobody'],
  ['NO_PROXY', 'no', 'nobody'],
  ['SSL_CERT_FILE', 'ssl ssl-cert', 'nobody'],
  ['SSL_KEY', 'ssl', 'KEY of ssl'],
  ['LC_ALL', 'lc', 'nobody'],
  ['LD_PRELOAD', 'ld', 'nobody'],
];

describe('a flat name', () => {
  for (const [name, ids, expected, given] of CASES) {
    const more = given === undefined ? '' : ` (${JSON.stringify(given)})`;
    test(`${name.slice(0, 40)} among ${ids || 'nobody'}: ${expected.slice(0, 60)}${more}`, () => {
      assert.equal(whose(name, ids, given), expected);
    });
  }
});

test('a name is given once, to whom it can only be meant for', () => {
  const rules = { ids: ['a', 'a-b'], claims: new Map([['A_OLD', 'gone']]), granted: new Set(['A_SHARED']), isReserved };
  const claims = newClaims(['A_X', 'A_B_Y', 'A_OLD', 'A_SHARED', 'HAIREM_TOKEN', 'OTHER_Z'], rules);
  assert.deepEqual(Object.fromEntries(claims), { A_X: 'a' });
});

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

test('every variable that hAIrem, its compose file, its image and its settings know is nobody’s', () => {
  const known = new Set([
    ...SETTINGS,
    ...[...read('docker-compose.yml').matchAll(/\$\{([A-Z][A-Z0-9_]*)|^ +([A-Z][A-Z0-9_]*):/gm)].map(
      ([, a, b]) => a ?? b,
    ),
    ...[...read('deploy/.env.example').matchAll(/^#? ?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name),
    ...[...read('orchestrator/Dockerfile').matchAll(/^ENV ([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name),
    ...['PATH', 'HOME', 'HOSTNAME', 'NODE_VERSION', 'YARN_VERSION', 'PWD'],
  ]);
  assert.ok(known.size > 50);
  assert.deepEqual(
    [...known].filter((name) => name !== undefined && !isReserved(name)),
    [],
  );
});
