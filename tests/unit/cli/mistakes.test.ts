/**
 * What agents/README.md promises: a mistake is said with its file, line and column wherever somebody looks, for a new
 * bundle and for an edit of an agent that goes on running. From the folder to the words, with nothing played but the bus.
 */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, type TestContext, test } from 'node:test';
import type { AgentFact } from '../../../orchestrator/src/domain/event.ts';
import { newActor } from '../../../orchestrator/src/reconcile/agent-worker.ts';
import { logFact } from '../../../orchestrator/src/reconcile/record/log-event.ts';
import { recordDesired } from '../../../orchestrator/src/reconcile/record/record-desired.ts';
import { active, eventOf } from '../../support/builders/registry-events.ts';
import { type ApiRig, AUTH, apiRig, listening } from '../../support/harness/api-rig.ts';
import { hairem } from '../../support/harness/cli-rig.ts';
import { type Files, MANIFEST, scannerOf, writeFiles } from '../bundle/bundle-folder.ts';

const LOGIC_TS = "import { BaseAgent } from '@hairem/agent';\nexport class Agent extends BaseAgent {}\n";
const LOGIC_PY = 'from hairem import BaseAgent\n\n\nclass Agent(BaseAgent):\n    pass\n';
const GOOD_TS: Files = { 'parrot/manifest.yaml': MANIFEST, 'parrot/logic.ts': LOGIC_TS };
const GOOD_PY: Files = { 'parrot/manifest.yaml': MANIFEST, 'parrot/logic.py': LOGIC_PY };

interface Mistake {
  good?: Files;
  /** One file of the bundle, as it is saved. */
  file: string;
  text: string;
  /** Where it is said to be, and what. */
  says: RegExp;
}

/** The next way to be wrong is a line here. */
const MISTAKES: Readonly<Record<string, Mistake>> = {
  'a value of the manifest': {
    file: 'manifest.yaml',
    text: 'name: P\nresources:\n  memory: lots\n',
    says: /manifest\.yaml:3:11 resources\.memory: expected a memory size/,
  },
  'a key of the manifest': {
    file: 'manifest.yaml',
    text: 'name: P\n  privileged: true\n',
    says: /manifest\.yaml:\d+:\d+ /,
  },
  'the syntax of the manifest': { file: 'manifest.yaml', text: 'name: P\nx: [1\n', says: /manifest\.yaml:\d+:\d+ / },
  'a value of the persona': {
    file: 'persona.yaml',
    text: 'name: P\nskills: sing\n',
    says: /persona\.yaml:2:9 skills: expected a list/,
  },
  'config that is no mapping': {
    file: 'manifest.yaml',
    text: 'name: P\nconfig: 3\n',
    says: /manifest\.yaml:2:9 config: expected a mapping, found a number/,
  },
  'TypeScript that cannot be stripped': {
    file: 'logic.ts',
    text: `${LOGIC_TS}\n  enum Mood { Good }\n`,
    says: /logic\.ts:4:3 TypeScript enum is not supported/,
  },
  'TypeScript that does not parse': {
    file: 'logic.ts',
    text: `${LOGIC_TS}let a = ;\n`,
    says: /logic\.ts:3:9 Expression/,
  },
  'TypeScript without an Agent': {
    file: 'logic.ts',
    text: "import { BaseAgent } from '@hairem/agent';\n  \nexport class Parrot extends BaseAgent {}\n",
    says: /logic\.ts:3:1 expected export class Agent extends BaseAgent, found class Parrot/,
  },
  'Python without an Agent': {
    good: GOOD_PY,
    file: 'logic.py',
    text: 'from hairem import BaseAgent\nclass Parrot(BaseAgent):\n    pass\n',
    says: /logic\.py:2:1 expected class Agent\(BaseAgent\), found class Parrot/,
  },
  'a requirement': {
    good: GOOD_PY,
    file: 'requirements.txt',
    text: 'redis==5.0\n./mine\n',
    says: /requirements\.txt:2:1 expected packages, found/,
  },
  'a package': {
    file: 'package.json',
    text: '{\n  "dependencies": {\n    "left-pad": "git+https://x.test/y"\n  }\n}\n',
    says: /package\.json:3:5 dependencies\.left-pad: /,
  },
};

let rig: ApiRig;
let url: string;
beforeEach(async () => {
  rig = apiRig();
  url = await listening(rig);
  rig.clock.advance(60_000); // every bundle has been looked at
});
afterEach(() => rig.app.close());

/** What the scan finds, as the loop would say it. */
async function crewOf(t: TestContext, good: Files) {
  const scanner = await scannerOf(t, good);
  const actor = newActor('parrot');
  const facts: AgentFact[] = [];
  const emit = (fact: AgentFact) => {
    facts.push(fact);
    rig.registry.apply(eventOf(fact, { agent: 'parrot' }));
  };
  let now = 0;
  const crew = {
    facts,
    emit,
    async mend(files: Files, wrong: string) {
      await rm(join(scanner.agents, wrong));
      await crew.save(files);
    },
    async save(files: Files) {
      await writeFiles(scanner.agents, files);
      now += 10_000;
      const { crew } = await scanner.settled(now);
      const found = crew.agents.find(({ id }) => id === 'parrot') ?? null;
      recordDesired(actor, found, { crew, now, rate: () => null, emit, save: () => {} });
    },
  };
  return crew;
}

const run = async (line: string) => {
  const { out, err } = await hairem(url, line.split(' '));
  return out + err;
};

for (const [name, { good = GOOD_TS, file, text, says }] of Object.entries(MISTAKES)) {
  const saved = { [join('parrot', file)]: text };

  test(`${name}: said of a new bundle`, async (t) => {
    const crew = await crewOf(t, good);
    await crew.save(saved);
    assert.match(await run('ps'), new RegExp(`^parrot +invalid [\\s\\S]*\nparrot: invalid: ${says.source}`, 'm'));
    assert.match(
      await run('doctor'),
      new RegExp(`PROBLEM parrot: invalid: ${says.source}.*\n +→ hairem validate parrot`),
    );
    assert.match(await run('wait parrot'), new RegExp(`parrot is not active: invalid: ${says.source}`));
  });

  test(`${name}: said of an edit while the version before goes on`, async (t) => {
    const crew = await crewOf(t, good);
    await crew.save({});
    crew.emit(active(crew.facts.flatMap((fact) => (fact.type === 'desired' ? fact.version.hash : []))[0] ?? '', 1));
    await crew.save(saved);
    const [record] = JSON.parse(await run('ps --json')).filter(({ id }: { id: string }) => id === 'parrot');
    assert.deepEqual([record.status, record.active, record.bundle.desired], ['active', true, null]);
    assert.match(record.behind.because, says);
    assert.ok(
      record.warnings.some((line: string) => says.test(line)),
      'a warning of the record',
    );
    const wrong = new RegExp(
      `active as [0-9a-f]{8}, but its folder is invalid, so nothing new of it is taken: ${says.source}`,
    );
    assert.match(await run('ps'), /^parrot +active, folder invalid /m);
    assert.match(await run('ps'), new RegExp(`^parrot: ${wrong.source}`, 'm'));
    assert.match(await run('doctor'), new RegExp(`PROBLEM parrot: ${wrong.source}.*\n +→ hairem validate parrot`));
    assert.match(await run('wait parrot'), new RegExp(`parrot is active\nparrot is ${wrong.source}`));
    const { troubles } = (await rig.app.inject({ url: '/api/status', headers: AUTH })).json();
    assert.deepEqual([troubles[0].agent, troubles[0].kind], ['parrot', 'invalid']);
    assert.match(troubles[0].because, says);
    const logged: string[] = [];
    const log = (_message: string, fields = {}) => void logged.push(JSON.stringify(fields));
    for (const fact of crew.facts) logFact({ debug: log, info: log, warn: log, error: log }, 'parrot', fact);
    assert.ok(
      logged.some((line) => says.test(line)),
      'the log',
    );
    await crew.mend(good, join('parrot', file));
    assert.doesNotMatch(await run('ps'), /^parrot:/m);
    assert.doesNotMatch(await run('doctor'), /parrot/);
  });
}
