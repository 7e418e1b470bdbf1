/** A crew of so many agents on hAIrem as it ships. Its orchestrator is the one that is weighed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BundleFiles, crewFolder } from '../support/builders/bundles.ts';
import { prepareShipped } from '../support/installation/shipped.ts';
import { onExit, removalOf } from './on-exit.ts';

export interface ShippedCrew {
  installId: string;
  /** Container of the orchestrator. */
  orchestrator: string;
  stop(): Promise<void>;
}

/** @param subnet of its agents' networks. Resolves when so many agents, each one a bundle of its own, are active */
export async function startShipped({ agents, subnet }: { agents: number; subnet: string }): Promise<ShippedCrew> {
  const shipped = await prepareShipped({ agents: echoes(agents), env: { HAIREM_SUBNET: subnet } });
  const { project, root } = shipped;
  const calledOff = [onExit(`docker compose -p ${project} down --volumes --remove-orphans; rm -r ${root}`)];
  try {
    await shipped.hairem('up');
    const { installId, bus } = await shipped.connect();
    bus.close();
    calledOff.push(onExit(removalOf(installId)));
    return {
      installId,
      orchestrator: await shipped.container('orchestrator'),
      async stop() {
        await shipped.hairem('down', '--volumes');
        await shipped.stop();
        for (const callOff of calledOff) callOff();
      },
    };
  } catch (error) {
    console.error(await shipped.logs().catch(String));
    throw error; // what was made goes as the process ends
  }
}

/** No two images share their layer. */
function echoes(count: number): Record<string, BundleFiles> {
  const read = (file: string) => readFileSync(join(crewFolder, 'echo', file), 'utf8');
  const [manifest, logic] = [read('manifest.yaml'), read('logic.ts')];
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return Object.fromEntries(
    numbers.map((n) => [`echo-${n}`, { 'manifest.yaml': manifest, 'logic.ts': `${logic}// number ${n}\n` }]),
  );
}
