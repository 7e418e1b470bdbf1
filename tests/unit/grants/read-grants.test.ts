/** The owner's list: what it gives, and what is said of one that is wrong, with line and column. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { DEFAULT_GRANT } from '../../../orchestrator/src/domain/grants.ts';
import { reservedNames } from '../../../orchestrator/src/domain/reserved-names.ts';
import { type GrantList, readGrants } from '../../../orchestrator/src/grants/read-grants.ts';
import { SETTINGS } from '../../../orchestrator/src/process/config.ts';

const MIB = 1024 * 1024;
const read = (text: string) => readGrants('grants.yaml', Buffer.from(text), reservedNames(SETTINGS));

function listOf(text: string): GrantList {
  const reading = read(text);
  assert.ok('list' in reading, JSON.stringify(reading));
  return reading.list;
}

function problemsOf(text: string): string[] {
  const reading = read(text);
  assert.ok('problems' in reading, 'there is nothing wrong with it');
  return reading.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
}

test('nothing, comments alone, and empty sections give nothing', () => {
  for (const text of [
    '',
    '\n',
    '# all of it is a comment\n  # still\n',
    'agents:\n',
    'defaults:\nagents: {}\n',
    'agents: {electra: }',
  ]) {
    const list = listOf(text);
    assert.deepEqual(list.agents.get('electra') ?? list.defaults, DEFAULT_GRANT, text);
  }
});

test('every key gives what it says, and to nobody else', () => {
  const { defaults, agents } = listOf(`
agents:
  electra:
    variables: [MQTT_PASSWORD]
    files: [mqtt_password]
    model_addresses: ["http://192.168.1.5:11434/v1"]
    models: [qwen3:8b]
    tokens_per_day: 100000
    cost_per_day: 0.5
    memory: 4g
    cpus: 4
    pids: 2000
    storage: 5g
    database: 1g
    build: {compilers: true, sources: ["git+https://github.com/someone/"]}
`);
  assert.deepEqual(defaults, DEFAULT_GRANT);
  assert.deepEqual(agents.get('electra'), {
    variables: ['MQTT_PASSWORD'],
    files: ['mqtt_password'],
    modelAddresses: ['http://192.168.1.5:11434/v1'],
    models: ['qwen3:8b'],
    tokensPerDay: 100_000,
    costPerDay: 0.5,
    ceilings: { memory: 4096 * MIB, cpus: 4, pids: 2000 },
    storageBytes: 5 * 1024 * MIB,
    databaseBytes: 1024 * MIB,
    build: { compilers: true, sources: ['git+https://github.com/someone/'] },
  });
});

test('lists of an agent add up with the defaults, everything else stands for theirs', () => {
  const { agents } = listOf(`
defaults: {variables: [TWO, ONE], memory: 1g, tokens_per_day: 10, models: [a]}
agents: {a: {variables: [ONE, THREE], tokens_per_day: 20, models: [b]}}
`);
  const { variables, ceilings, tokensPerDay, models } = agents.get('a') ?? DEFAULT_GRANT;
  assert.deepEqual(variables, ['TWO', 'ONE', 'THREE']);
  assert.deepEqual([ceilings.memory, tokensPerDay, models], [1024 * MIB, 20, ['b']]);
});

describe('what is wrong is said where it is:', () => {
  const cases: [string, string, string][] = [
    ['a key of nobody', 'agent: {}', '1:1 agent: unknown key "agent"; did you mean "agents"?'],
    [
      'a key of an agent',
      'agents:\n  electra:\n    variable: [X]\n',
      '3:5 agents.electra.variable: unknown key "variable"; did you mean "variables"?',
    ],
    [
      'a key of build',
      'defaults: {build: {compiler: true}}',
      '1:20 defaults.build.compiler: unknown key "compiler"; did you mean',
    ],
    [
      'an id',
      'agents: {Electra_HA: {}}',
      '1:10 agents.Electra_HA: expected the id of an agent, found "Electra_HA"; did you mean "electra-ha"?',
    ],
    ['no mapping', 'agents: [electra]', '1:9 agents: expected a mapping of agent ids'],
    ['no mapping of an agent', 'agents: {electra: all}', '1:19 agents.electra: expected a mapping'],
    [
      'a size',
      'agents: {a: {memory: lots}}',
      '1:22 agents.a.memory: expected a memory size from 32m, for example 4g, found text "lots"',
    ],
    [
      'a list',
      'agents: {a: {variables: MQTT}}',
      '1:25 agents.a.variables: expected a list of names, found text "MQTT"',
    ],
    [
      'a name',
      'agents: {a: {variables: ["A B"]}}',
      '1:26 agents.a.variables[0]: expected the name of a variable, as MQTT_PASSWORD',
    ],
    [
      "hAIrem's own",
      'agents: {a: {variables: [HAIREM_TOKEN]}}',
      "agents.a.variables[0]: expected a variable that is not hAIrem's, compose's or the system's own",
    ],
    [
      "the store's",
      'agents: {a: {variables: [SURREALDB_PASSWORD]}}',
      'agents.a.variables[0]: expected a variable that is not',
    ],
    ['a path', 'agents: {a: {files: [../token]}}', 'agents.a.files[0]: expected the name of a file'],
    ['a hidden file', 'agents: {a: {files: [.env]}}', 'agents.a.files[0]: expected the name of a file'],
    ['an address', 'agents: {a: {model_addresses: [ollama]}}', 'agents.a.model_addresses[0]: expected a URL'],
    ['a source', 'agents: {a: {build: {sources: [pypi]}}}', 'agents.a.build.sources[0]: expected a URL'],
    ['a number', 'agents: {a: {tokens_per_day: -1}}', 'agents.a.tokens_per_day: expected a whole number from 0'],
    ['twice', 'agents: {a: {}, a: {}}', '1:17 agents.a: the key "a" is there twice'],
    ['broken', 'agents: {a: {', '1:'],
    ['a list at the top', '- a', '1:1 : expected a mapping'],
    ['too large', `# ${'x'.repeat(65 * 1024)}`, 'null:null : grants.yaml is larger than 65536 bytes'],
    [
      'too many',
      `agents: {a: {variables: [${Array.from({ length: 257 }, (_, i) => `V${i}`)}]}}`,
      'at most 256 entries',
    ],
  ];
  for (const [what, text, expected] of cases) {
    test(what, () => {
      const problems = problemsOf(text);
      assert.ok(problems[0]?.includes(expected), problems.join('\n'));
    });
  }
});

test('every problem is said at once', () => {
  assert.equal(problemsOf('agents:\n  a: {memory: x, cpus: 0}\n  b: {pids: 1}\n').length, 3);
});

test('the example gives nothing as it ships, and is valid where its comments are taken away', () => {
  const text = readFileSync(new URL('../../../deploy/grants.example.yaml', import.meta.url), 'utf8');
  assert.deepEqual(listOf(text).defaults, DEFAULT_GRANT);
  const uncommented = text.replaceAll(/^#( *[a-z_-]+:)/gm, '$1');
  assert.ok(listOf(uncommented).agents.size > 0);
});
