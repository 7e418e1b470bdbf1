/** One installation for the tests of a file, and tests that show its logs when they fail. */
import { after, before, test } from 'node:test';
import { type Installation, type InstallationOptions, startInstallation } from './installation.ts';

/** A first start builds the base image. */
const START_MS = 300_000;

export type Scenario = (name: string, run: (installation: Installation) => Promise<void>) => void;

/** @returns a function that declares a test on the installation; tests run in the order in which they are declared */
export function onInstallation(options: InstallationOptions): Scenario {
  const held: { installation: Installation | null } = { installation: null };
  before(
    async () => {
      held.installation = await startInstallation(options);
    },
    { timeout: START_MS },
  );
  after(() => held.installation?.stop());
  return (name, run) => {
    test(name, async () => {
      const { installation } = held;
      if (!installation) throw new Error('the installation did not start');
      await showingLogs(installation, () => run(installation));
    });
  };
}

async function showingLogs(installation: Installation, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    console.log(await installation.logs());
    throw error;
  }
}

/** A line that the test runner shows although the test passes. */
export function say(text: string): void {
  console.log(`» ${text}`);
}
