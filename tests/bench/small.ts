/** How little it takes: an idle agent beside a bare Node process, the orchestrator with 20 of them, their disk. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crewFolder } from '../builders.ts';
import { engine } from '../rig/engine.ts';
import type { Installation } from '../rig/installation.ts';
import { cpuPercent, diskMbOfBundles, memoryMib } from './engine-figures.ts';
import type { Floor } from './floor.ts';
import { startShipped } from './shipped.ts';

export interface SmallFigures {
  agentMib: number;
  bareNodeMib: number;
  orchestratorMib: number;
  orchestratorCpuPercent: number;
  diskMb10Agents: number;
}

const SECOND = 'echo-2';
const CREW = 20;

/** Of both kinds the second is weighed: the first pays for pages that they share. */
export async function measureSmall(
  { installation, floor }: { installation: Installation; floor: Floor },
  { idleSeconds, note }: { idleSeconds: number; note: (text: string) => void },
): Promise<SmallFigures> {
  await installation.agents.copy(SECOND, join(crewFolder, 'echo'));
  await installation.untilActive([SECOND]);
  const bare = [await floor.keepOne(), await floor.keepOne()];
  note(`starting ${CREW} agents as they ship`);
  const shipped = await startShipped({ agents: CREW, subnet: installation.subnet });
  try {
    note(`idle for ${idleSeconds} s`);
    const orchestratorCpuPercent = await cpuPercent(shipped.orchestrator, () => sleep(idleSeconds * 1000));
    const agent = (await installation.api.agent(SECOND)).container?.id ?? '';
    const weighed = await Promise.all([agent, bare[1] ?? '', shipped.orchestrator].map(memoryMib));
    const [agentMib = 0, bareNodeMib = 0, orchestratorMib = 0] = weighed;
    const diskMb10Agents = await diskMbOfBundles(shipped.installId, 10);
    return { agentMib, bareNodeMib, orchestratorMib, orchestratorCpuPercent, diskMb10Agents };
  } finally {
    await shipped.stop();
    for (const id of bare) await engine('DELETE', `/containers/${id}?force=true`, { accept: [404] });
    await installation.agents.remove(SECOND);
  }
}
