/** Where a secret comes from, whose it is, and what is said when it is nowhere. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reservedNames } from '../../../orchestrator/src/domain/reserved-names.ts';
import type { SecretReference } from '../../../orchestrator/src/domain/version.ts';
import { SETTINGS } from '../../../orchestrator/src/process/config.ts';
import type { Sources } from '../../../orchestrator/src/secrets/places.ts';
import { resolveSecrets, type Wanted } from '../../../orchestrator/src/secrets/resolve-secrets.ts';
import type { SecretFile } from '../../../orchestrator/src/secrets/secret-files.ts';
import { ownershipOf } from '../../../orchestrator/src/secrets/secret-names.ts';

interface Given {
  env?: Record<string, string>;
  files?: Record<string, string | { problem: string }>;
  ids?: string[];
  literals?: Record<string, string>;
  inConfig?: string[];
  problem?: string;
  /** Files in the agent's own folder. */
  own?: Record<string, string>;
  /** What the owner's list gives. */
  variables?: string[];
  granted?: string[];
  claims?: Record<string, string>;
}

const isReserved = reservedNames(SETTINGS);

function resolve(
  references: readonly SecretReference[],
  { env = {}, files = {}, ids = ['electra'], literals, inConfig, problem, own = {}, ...given }: Given,
) {
  const { variables = [], granted = [], claims = {} } = given;
  const entries = Object.entries(files).map(([name, file]): [string, SecretFile] => [
    name,
    typeof file === 'string' ? { value: file } : file,
  ]);
  const wanted: Wanted = { agent: 'electra', references, literals: literals ?? {}, inConfig: inConfig ?? [] };
  const sources: Sources = {
    dir: '/run/secrets',
    files: new Map(entries),
    problem: problem ?? null,
    env,
    own: new Map([['electra', new Map(Object.entries(own).map(([name, value]) => [name, { value }]))]]),
    isReserved,
    grant: { variables, files: granted },
    ownerOf: (name) =>
      ownershipOf(name, { ids, claims: new Map(Object.entries(claims)), granted: new Set(variables), isReserved }),
  };
  return resolveSecrets(wanted, sources);
}

const byName = (name: string): SecretReference => ({ name, from: { kind: 'name' } });
const byVariable = (name: string, variable: string): SecretReference => ({
  name,
  from: { kind: 'variable', variable },
});
const byFile = (name: string, file: string): SecretReference => ({ name, from: { kind: 'file', file } });
const literal = (name: string): SecretReference => ({ name, from: { kind: 'literal' } });

describe('the first hit wins:', () => {
  const env = { ELECTRA_HA_TOKEN: 'of the variable', SHARED: 'of the reference' };
  const files = { ELECTRA_HA_TOKEN: 'of the file' };
  const own = { HA_TOKEN: 'of its folder', mqtt: 'of its folder, too' };
  const variables = ['SHARED', 'NONE'];
  const granted = ['mqtt'];
  const cases: [string, SecretReference, Given, string][] = [
    ['the reference', byVariable('HA_TOKEN', 'SHARED'), { env, files, own, variables }, 'of the reference'],
    ['its own folder', byName('HA_TOKEN'), { env, files, own }, 'of its folder'],
    ['its own by another name', byVariable('TOKEN', 'HA_TOKEN'), { env, own }, 'of its folder'],
    ['its own flat name', byVariable('TOKEN', 'ELECTRA_HA_TOKEN'), { env }, 'of the variable'],
    ['a file of its own folder', byFile('TOKEN', 'mqtt'), { own, files: { mqtt: 'm' } }, 'of its folder, too'],
    ['the same with its folder', byFile('TOKEN', '/run/secrets/electra/mqtt'), { own }, 'of its folder, too'],
    [
      'a reference to a file',
      byFile('HA_TOKEN', '/run/secrets/mqtt'),
      { env, files: { ...files, mqtt: 'm' }, granted },
      'm',
    ],
    ['a reference to a file by its name', byFile('HA_TOKEN', 'mqtt'), { files: { mqtt: 'm' }, granted }, 'm'],
    ['a literal', literal('HA_TOKEN'), { env, files, literals: { HA_TOKEN: 'written' } }, 'written'],
    ['the file', byName('HA_TOKEN'), { env, files }, 'of the file'],
    ['the variable', byName('HA_TOKEN'), { env }, 'of the variable'],
    [
      'what is left where the reference leads nowhere',
      byVariable('HA_TOKEN', 'NONE'),
      { env, variables },
      'of the variable',
    ],
    ['a name in small letters finds its variable', byName('ha_token'), { env }, 'of the variable'],
  ];
  for (const [what, reference, given, value] of cases) {
    test(what, () => {
      const { values, missing } = resolve([reference], given);
      assert.equal(values[reference.name], value);
      assert.deepEqual(missing, []);
    });
  }
});

test('what is its own is given undeclared, too, and nothing else is', () => {
  const env = { ELECTRA_A: 'a', ELECTRA_TWO_B: 'b', OTHER_C: 'c', HAIREM_TOKEN: 'd', ELECTRAX: 'e', PATH: '/bin' };
  assert.deepEqual(resolve([], { env, files: { ELECTRA_F: 'f', f: 'g' } }).values, { F: 'f', A: 'a', TWO_B: 'b' });
  const ids = ['electra', 'electra-two'];
  assert.deepEqual(resolve([], { env, ids }).values, { A: 'a' });
  assert.deepEqual(resolve([], { env: {}, own: { B: 'b' } }).values, { B: 'b' });
});

test('where two could have a name both are blocked, and told what to do', () => {
  const { values, missing } = resolve([], { env: { ELECTRA_HA_TOKEN: 'x' }, ids: ['electra', 'electra-ha'] });
  assert.deepEqual(values, {});
  assert.deepEqual(missing, [
    'ELECTRA_HA_TOKEN could be HA_TOKEN of electra or TOKEN of electra-ha, and nobody has said whose it is: move it to the file secrets/electra/HA_TOKEN in the folder of secrets (or to secrets/electra-ha/TOKEN), or say `hairem allow electra`',
  ]);
});

test('what config names is given where the list gives it, and stays as it is where it does not', () => {
  const env = { MQTT_PASSWORD: 'm' };
  assert.deepEqual(resolve([], { env, inConfig: ['MQTT_PASSWORD'], variables: ['MQTT_PASSWORD'] }).values, {
    MQTT_PASSWORD: 'm',
  });
  assert.deepEqual(resolve([], { env, inConfig: ['MQTT_PASSWORD'] }), { values: {}, missing: [] });
});

describe('what is missing is named, with where it was looked for:', () => {
  const cases: [string, SecretReference, Given, string][] = [
    [
      'nowhere',
      byName('HA_TOKEN'),
      {},
      'the secret HA_TOKEN is missing: looked for the file /run/secrets/electra/HA_TOKEN (not there); the file /run/secrets/ELECTRA_HA_TOKEN (not there); the variable ELECTRA_HA_TOKEN (not set)',
    ],
    ['no access', byName('T'), { problem: 'the folder cannot be read' }, 'ELECTRA_T (the folder cannot be read)'],
    ['empty', byName('HA_TOKEN'), { env: { ELECTRA_HA_TOKEN: '' } }, 'the variable ELECTRA_HA_TOKEN (empty)'],
    [
      'unreadable',
      byName('T'),
      { files: { ELECTRA_T: { problem: 'cannot be read by uid 10001' } } },
      'the file /run/secrets/ELECTRA_T (cannot be read by uid 10001)',
    ],
    [
      'of another agent',
      byVariable('T', 'BOB_T'),
      { env: { BOB_T: 'b' }, ids: ['electra', 'bob'] },
      "BOB_T (it is bob's)",
    ],
    [
      'a file of another',
      byFile('T', 'BOB_T'),
      { files: { BOB_T: 'b' }, ids: ['electra', 'bob'] },
      "BOB_T (it is bob's)",
    ],
    [
      "hAIrem's",
      byVariable('T', 'HAIREM_TOKEN'),
      { env: { HAIREM_TOKEN: 'x' }, variables: ['HAIREM_TOKEN'] },
      "HAIREM_TOKEN (hAIrem's own, or the system's)",
    ],
    [
      "a file of hAIrem's",
      byFile('T', 'HAIREM_X'),
      { files: { HAIREM_X: 'x' }, granted: ['HAIREM_X'] },
      "hAIrem's own",
    ],
    ["compose's", byVariable('T', 'COMPOSE_FILE'), { env: { COMPOSE_FILE: 'x' } }, "COMPOSE_FILE (hAIrem's own"],
    [
      'not given',
      byVariable('T', 'MQTT_PASSWORD'),
      { env: { MQTT_PASSWORD: 'x' } },
      'the variable MQTT_PASSWORD (not its own, and not given to it: add to deploy/grants.yaml, under "agents:":  electra: {variables: [MQTT_PASSWORD]})',
    ],
    [
      'a file that is not given',
      byFile('T', 'mqtt_password'),
      { files: { mqtt_password: 'x' } },
      'not given to it: add to deploy/grants.yaml, under "agents:":  electra: {files: [mqtt_password]})',
    ],
    ['a name that is none', byFile('T', 'x], variables: [Y'), {}, 'rename it, then name it in deploy/grants.yaml'],
    ['claimed by another', byName('T'), { env: { ELECTRA_T: 'x' }, claims: { ELECTRA_T: 'electra-x' } }, 'T (not'],
    ['a path', byFile('T', '/data/token'), {}, 'the file /data/token (only files in /run/secrets are read'],
    ['a path out', byFile('T', '/run/secrets/../token'), {}, '(only files in /run/secrets are read'],
    ['of another folder', byFile('T', 'bob/TOKEN'), {}, '(only files in /run/secrets are read'],
    ['NUL', byName('T'), { env: { ELECTRA_T: 'a\0b' } }, 'the variable ELECTRA_T (holds a NUL character)'],
    ['an empty literal', literal('T'), { literals: { T: '' } }, 'the manifest (empty'],
  ];
  for (const [what, reference, given, message] of cases) {
    test(what, () => {
      const { values, missing } = resolve([reference], given);
      assert.equal(values[reference.name], undefined);
      assert.equal(missing.length, 1);
      assert.ok(missing[0]?.includes(message), missing[0]);
    });
  }

  test('config', () => {
    const inConfig = ['ELECTRA_URL', 'ELECTRA_PORT', 'elsewhere'];
    const { missing } = resolve([], { inConfig, env: { ELECTRA_PORT: '1' } });
    assert.equal(missing.length, 1);
    assert.match(
      missing[0] ?? '',
      /^config refers to \$\{ELECTRA_URL\}: looked for the file .*; the variable ELECTRA_URL/,
    );
  });

  test('secrets that fit into no message', () => {
    const env = { ELECTRA_A: 'a'.repeat(200_000), ELECTRA_B: 'b'.repeat(200_000) };
    assert.match(resolve([], { env }).missing[0] ?? '', /larger than 256 KB together/);
  });
});

test('a name like __proto__ is a name', () => {
  const { values } = resolve([], { env: { ELECTRA___proto__: 'x' } });
  assert.deepEqual(Object.entries(values), [['__proto__', 'x']]);
});
