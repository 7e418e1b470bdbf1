/** The rating of a sandbox. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { withinCeilings } from '../../../orchestrator/src/bundle/check-ceilings.ts';
import { loadBundle, validateBundle } from '../../../orchestrator/src/bundle/validate-bundle.ts';
import { DEFAULT_GRANT, type Grant } from '../../../orchestrator/src/domain/grants.ts';
import { temporaryFolder, writeFiles } from './bundle-folder.ts';

const cases: [string, number, RegExp][] = [
  ['name: A\n', 8, /nothing but the bus/],
  ['network: {egress: internet}\n', 5, /-3: reaches the internet/],
  ['secrets: [A]\n', 8, /nothing but the bus/],
  ['network: {egress: internet}\nsecrets: [A]\n', 4, /-3: reaches .*-1: could send the secrets/s],
  ['llm_config: {base_url: "http://192.168.1.5/v1"}\n', 7, /-1: names an address of its own .*192\.168\.1\.5/],
  ['llm_config: {provider: groq}\nnetwork: {egress: internet}\n', 4, /api\.groq\.com/],
  ['llm_config: {model: large, temperature: 1}\n', 8, /nothing but the bus/],
  ['storage: true\nupdate: {strategy: stop-first}\n', 6, /-1: keeps files.*-1: owns something exclusive/s],
  [
    'network: {egress: internet}\nstorage: true\nresources: {memory: 2g, cpus: 2, pids: 1000}\nupdate: {strategy: stop-first}\n',
    1,
    /2048 MiB/,
  ],
];

for (const [manifest, value, reasons] of cases) {
  test(`rating ${value}: ${JSON.stringify(manifest)}`, async (t) => {
    const dir = await temporaryFolder(t);
    await writeFiles(dir, { 'a/manifest.yaml': manifest });
    const { rating } = await validateBundle(join(dir, 'a'));
    assert.equal(rating?.value, value);
    assert.match(rating?.reasons.join('\n') ?? '', reasons);
  });
}

const granted: [string, Partial<Grant>, RegExp][] = [
  [
    'variables and files',
    { variables: ['MQTT_PASSWORD'], files: ['mqtt'] },
    /^-1: is granted .*: MQTT_PASSWORD, mqtt$/,
  ],
  ['models', { modelAddresses: ['http://10.0.0.1/'] }, /^-1: is granted language models at http:\/\/10\.0\.0\.1\/$/],
  [
    'ceilings',
    { ceilings: { memory: 2 ** 32, cpus: 2, pids: 1024 } },
    /^-1: is granted higher ceilings.*: 4096 MiB, 2 cores/,
  ],
  ['compilers', { build: { compilers: true, sources: [] } }, /^-1: is granted builds from source, with compilers$/],
  [
    'sources',
    { build: { compilers: false, sources: ['https://x/'] } },
    /^-1: is granted builds with packages from https:\/\/x\/$/,
  ],
];

for (const [what, grant, reason] of granted) {
  test(`what the owner's list gives counts: ${what}`, async (t) => {
    const dir = await temporaryFolder(t);
    await writeFiles(dir, { 'a/manifest.yaml': 'name: A\n' });
    const { rating } = await validateBundle(join(dir, 'a'), () => ({ ...DEFAULT_GRANT, ...grant }));
    assert.deepEqual([rating?.value, rating?.reasons.length], [7, 1]);
    assert.match(rating?.reasons[0] ?? '', reason);
  });
}

const above: [string, number, string][] = [
  [
    '{memory: 4g}',
    1,
    'asks for 4096 MiB, and the owner lets it have 2048 MiB; ask for less, or add to deploy/grants.yaml, under "agents:":  a: {memory: 4096m}',
  ],
  [
    '{pids: 2000,\n  cpus: 64}',
    2,
    'asks for 64 cores, and the owner lets it have 2 cores; ask for less, or add to deploy/grants.yaml, under "agents:":  a: {cpus: 64}',
  ],
  ['{cpus: 2.5}', 1, 'a: {cpus: 2.5}'],
  ['{pids: 1025}', 1, 'a: {pids: 1025}'],
];

for (const [resources, line, message] of above) {
  test(`what is above the owner's ceilings is a problem of the bundle: ${resources}`, async (t) => {
    const dir = await temporaryFolder(t);
    await writeFiles(dir, { 'a/manifest.yaml': `resources: ${resources}\n` });
    const { valid, problems } = await validateBundle(join(dir, 'a'));
    assert.deepEqual([valid, problems[0]?.line], [false, line]);
    assert.ok(problems[0]?.message.includes(message), problems[0]?.message);
    const ceilings = { memory: 2 ** 36, cpus: 64, pids: 4096 };
    assert.ok(
      (await validateBundle(join(dir, 'a'), () => ({ ...DEFAULT_GRANT, ceilings }))).valid,
      'with a word it may',
    );
    const desired = await loadBundle({ path: join(dir, 'a'), workDir: join(dir, 'work'), baseHashes: {} });
    assert.deepEqual(
      [withinCeilings(desired, DEFAULT_GRANT).kind, withinCeilings(desired, { ceilings }).kind],
      ['invalid', 'valid'],
    );
  });
}

const IN_PROCESS = 'import os\nfrom src.domain.agent import BaseAgent\n\nclass Agent(BaseAgent):\n    pass\n';

for (const { name, files, value, reasons } of [
  {
    name: 'reaches the internet by default, and the rating says why',
    files: { 'logic.py': IN_PROCESS, 'drivers/x.py': '' },
    value: 5,
    reasons: /^-3: reaches the internet.* in-process hAIrem; "network: \{egress: none\}"/,
  },
  {
    name: 'keeps to what its manifest says',
    files: { 'logic.py': IN_PROCESS, 'manifest.yaml': 'network: {egress: none}\n' },
    value: 8,
    reasons: /nothing but the bus/,
  },
  {
    name: 'that asks for the internet is told no more than others',
    files: { 'logic.py': IN_PROCESS, 'manifest.yaml': 'network: {egress: internet}\n' },
    value: 5,
    reasons: /serves on it$/,
  },
  {
    name: 'is one that imports from src, not one that names it or has a src of its own',
    files: {
      'logic.py': '# from src.domain.agent import BaseAgent\nimport srcery\nfrom srcs import x as Agent\n',
      'srcs.py': '',
      'srcery.py': '',
    },
    value: 8,
    reasons: /nothing but the bus/,
  },
  {
    name: 'is not one with a src of its own',
    files: { 'logic.py': IN_PROCESS, 'src/domain/agent.py': '' },
    value: 8,
    reasons: /nothing but the bus/,
  },
  {
    name: 'may import src anywhere and in any way',
    files: { 'logic.py': 'class Agent(object):\r\n    import src, os\r\n' },
    value: 5,
    reasons: /in-process/,
  },
]) {
  test(`a bundle of the in-process kind ${name}`, async (t) => {
    const dir = await temporaryFolder(t);
    await writeFiles(dir, { 'a/manifest.yaml': 'name: A\n' });
    await writeFiles(join(dir, 'a'), files);
    const { valid, problems, rating } = await validateBundle(join(dir, 'a'));
    assert.deepEqual([valid, problems], [true, []]);
    assert.equal(rating?.value, value);
    assert.match(rating?.reasons.join('\n') ?? '', reasons);
  });
}

test('logic.py is part of the code although it was read before', async (t) => {
  const dir = await temporaryFolder(t);
  await writeFiles(dir, { 'a/manifest.yaml': 'name: A\n', 'a/logic.py': IN_PROCESS });
  const agent = await loadBundle({ path: join(dir, 'a'), workDir: join(dir, 'work'), baseHashes: {} });
  assert.ok(agent.kind === 'valid');
  assert.equal(await readFile(join(agent.snapshot.dir, 'code/logic.py'), 'utf8'), IN_PROCESS);
});

test('drivers without a word on the network are a warning with the line to add', async (t) => {
  const dir = await temporaryFolder(t);
  await writeFiles(dir, { 'a/manifest.yaml': 'name: A\n', 'a/drivers/x.ts': '' });
  const { valid, problems } = await validateBundle(join(dir, 'a'));
  assert.equal(valid, true);
  assert.match(problems[0]?.message ?? '', /add the line "network: \{egress: internet\}"/);
});

test('persona fills what the manifest leaves open and overrides nothing', async (t) => {
  const dir = await temporaryFolder(t);
  const persona = 'name: Foxy\nrole: guide\nprompt: hi\nskills: [sing, {name: dance, description: moves}]\nmood: 3\n';
  await writeFiles(dir, {
    'My_Fox/manifest.yaml': 'role: coordinator\nskills: [{name: sing, description: loud}]\n',
    'My_Fox/persona.yaml': persona,
  });
  const agent = await loadBundle({ path: join(dir, 'My_Fox'), workDir: join(dir, 'work'), baseHashes: { node: 'x' } });
  assert.ok(agent.kind === 'valid');
  const { name, role, skills, persona: kept } = agent.version.soft;
  assert.deepEqual([agent.id, name, role], ['my-fox', 'Foxy', 'coordinator']);
  assert.deepEqual(skills, [
    { name: 'sing', description: 'loud' },
    { name: 'dance', description: 'moves' },
  ]);
  assert.deepEqual([kept?.mood, kept?.prompt], [3, 'hi']);
});
