/** A bad version changes nothing: the old one answers every message meanwhile, and the record says what was wrong. */
import assert from 'node:assert/strict';
import { saveParrot, untilAnswers, untilUpdated } from '../support/agents/crew.ts';
import { type BundleFiles, manifest, parrot, parrotLogic } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation, say } from '../support/installation/scenario.ts';
import { underLoad } from '../support/load/load.ts';
import { assertLossless } from '../support/load/lossless.ts';

/** One bad version: the files that make it, and what its record must say. */
interface Bad {
  name: string;
  files: BundleFiles;
  /** Looked for in the message and the log lines of the update's error. */
  says: RegExp;
  result: RegExp;
}

const quick = manifest({ update: { ready_seconds: 3 } });
const withPackage = (dependencies: object) => JSON.stringify({ name: 'parrot', version: '1.0.0', dependencies });

const BAD: readonly Bad[] = [
  {
    name: 'a build that fails',
    files: { 'package.json': withPackage({ '@hairem/not-there': '1.0.0' }) },
    says: /not-there/,
    result: /failed|rejected/,
  },
  {
    name: 'a class of another base',
    files: { 'logic.ts': 'class Car {}\nexport class Agent extends Car {}\n' },
    says: /must extend BaseAgent/,
    result: /rejected/,
  },
  {
    name: 'an import of what is not there',
    files: { 'logic.ts': `await import('./not-there.ts');\n${parrotLogic({ mark: 'bad' })}` },
    says: /not-there/,
    result: /rejected/,
  },
  {
    name: 'a throw in setup',
    files: { 'logic.ts': parrotLogic({ mark: 'bad', setup: 'throw' }) },
    says: /will not be set up/,
    result: /rejected/,
  },
  {
    name: 'one that is never ready',
    files: { 'manifest.yaml': quick, 'logic.ts': parrotLogic({ mark: 'bad', setup: 'hang' }) },
    says: /3 s[\s\S]*parrot bad sets up/,
    result: /rejected/,
  },
  {
    name: 'a failing self-test',
    files: { 'logic.ts': parrotLogic({ mark: 'bad', selfTest: 'throw' }) },
    says: /failed its test/,
    result: /rejected/,
  },
  {
    name: 'a crash within the window',
    files: { 'logic.ts': parrotLogic({ mark: 'bad', crashAfterMs: 300 }) },
    says: /parrot bad crashes/,
    result: /reverted/,
  },
  {
    name: 'a blocked event loop within the window',
    files: {
      'manifest.yaml': manifest({ update: { monitor_seconds: 10 } }),
      'logic.ts': parrotLogic({ mark: 'bad', blockAfterMs: 200 }),
    },
    says: /did not answer/,
    result: /reverted/,
  },
];

const scenario = onInstallation({
  agents: { parrot: parrot({ mark: 'good-0' }) },
  env: { HAIREM_BACKOFF_BASE_MS: '600000' },
});

const LOAD = { agents: ['parrot'], rate: 500, publishers: 2 };

/** Invalid already on reading: the record names each problem with its line, and nothing is built. */
const INVALID: readonly { name: string; file: string; text: string; problems: RegExp[] }[] = [
  {
    name: 'an invalid manifest',
    file: 'manifest.yaml',
    text: 'name: Parrot\nprivileged: true\nresources: many\n',
    problems: [/manifest\.yaml 2 privileged/, /manifest\.yaml 3 resources/],
  },
  {
    name: 'a syntax error',
    file: 'logic.ts',
    text: 'export class Agent {\n  {{{\n}\n',
    problems: [/logic\.ts 2/],
  },
  {
    name: 'a missing export',
    file: 'logic.ts',
    text: 'export const nothing = 1;\n',
    problems: [/logic\.ts .*expected export class Agent extends BaseAgent/],
  },
  {
    name: 'an import that nothing satisfies',
    file: 'logic.ts',
    text: `import { Message } from '@hairem/agent';\nimport './not-there.ts';\n${parrotLogic({ mark: 'bad' })}`,
    problems: [/logic\.ts 1 .*import type \{ Message \}/, /logic\.ts 2 .*there is no \.\/not-there\.ts/],
  },
];

for (const { name, file, text, problems } of INVALID) {
  scenario(`${name} is named with its line, and what runs answers every message`, async (installation) => {
    await installation.untilActive(['parrot']);
    await restore(installation, `before ${name}`);
    const before = await installation.api.agent('parrot');
    const { result, report } = await underLoad(installation, LOAD, async () => {
      await installation.agents.save('parrot', file, text);
      return eventually('the record shows the problems', async () => {
        const record = await installation.api.agent('parrot');
        return record.problems.some(({ severity }) => severity === 'error') ? record : null;
      });
    });
    const named = result.problems.map(
      (problem) => `${problem.file} ${problem.line} ${problem.path} ${problem.message}`,
    );
    for (const problem of problems)
      assert.ok(
        named.some((line) => problem.test(line)),
        named.join('\n'),
      );
    const after = await installation.api.agent('parrot');
    assert.deepEqual([after.active, after.container?.id], [true, before.container?.id]);
    assert.equal(after.behind?.kind, 'invalid');
    assert.ok(after.warnings.some((line) => line.startsWith(`bundle: ${file}`)));
    assertLossless(report);
  });
}

for (const [n, bad] of BAD.entries()) {
  scenario(`${bad.name}: the old one answers every message and the record says why`, async (installation) => {
    await tryBad(installation, bad, `good-${n + 1}`);
  });
}

async function tryBad(installation: Installation, bad: Bad, good: string): Promise<void> {
  await restore(installation, good);
  const { result: last, report } = await underLoad(installation, LOAD, async () => {
    const { update } = await untilUpdated(installation, { id: 'parrot' }, () => saveAll(installation, bad.files));
    const end = update.result === 'ok' ? await untilReverted(installation) : update;
    await untilAnswers(installation, { id: 'parrot', mark: good });
    return end;
  });
  say(`${bad.name}: ${last.result}, ${last.error?.message}; ${report.achieved} messages/s`);
  assertLossless(report);
  assert.match(last.result, bad.result);
  assert.match([last.error?.message, ...(last.error?.log ?? [])].join('\n'), bad.says);
  const { active, status } = await installation.api.agent('parrot');
  assert.deepEqual({ active, status }, { active: true, status: 'active' });
  const kind = last.result === 'reverted' ? 'condemned' : 'failed';
  await eventually('the record says what stands between it and its folder', async () => {
    const { behind } = await installation.api.agent('parrot');
    return behind?.kind === kind && behind.because !== '' ? behind : null;
  });
}

/** Several files in one change would be several saves; the last one is what counts. */
async function saveAll(installation: Installation, files: BundleFiles): Promise<void> {
  for (const [file, text] of Object.entries(files)) await installation.agents.save('parrot', file, text);
}

async function untilReverted(installation: Installation) {
  return (await untilUpdated(installation, { id: 'parrot' }, async () => {})).update;
}

/** A good version again, under a name of its own. */
async function restore(installation: Installation, mark: string): Promise<void> {
  await installation.agents.drop('parrot', 'package.json');
  await installation.agents.save('parrot', 'manifest.yaml', manifest());
  await saveParrot(installation, 'parrot', { mark });
  await untilAnswers(installation, { id: 'parrot', mark });
  await installation.untilNoLeftovers(['parrot']);
}
