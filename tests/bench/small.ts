/** How little it takes: idle agents beside bare processes of their language, the orchestrator with 20, their disk. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../../orchestrator/src/domain/version.ts';
import { crewFolder, pythonEcho } from '../support/builders/bundles.ts';
import { engine } from '../support/host/engine.ts';
import type { Installation } from '../support/installation/installation.ts';
import { cpuPercent, diskMbOfBundles, memoryMib } from './engine-figures.ts';
import type { Floor } from './floor.ts';
import { startShipped } from './shipped.ts';

export interface SmallFigures {
  agentMib: number;
  bareNodeMib: number;
  pythonAgentMib: number;
  barePythonMib: number;
  orchestratorMib: number;
  orchestratorCpuPercent: number;
  diskMb10Agents: number;
}

const SECOND = 'echo-2';
const SECOND_PYTHON = 'echo-python-2';
const CREW = 20;

/** Of each kind the second is weighed: the first pays for pages that they share. */
export async function measureSmall(
  { installation, floors }: { installation: Installation; floors: Record<Runtime, Floor> },
  { idleSeconds, note }: { idleSeconds: number; note: (text: string) => void },
): Promise<SmallFigures> {
  await installation.agents.copy(SECOND, join(crewFolder, 'echo'));
  await installation.agents.put(SECOND_PYTHON, pythonEcho());
  await installation.untilActive([SECOND, SECOND_PYTHON]);
  const [bareNode, barePython] = [await keepTwo(floors.node), await keepTwo(floors.python)];
  note(`starting ${CREW} agents as they ship`);
  const shipped = await startShipped({ agents: CREW, subnet: installation.subnet });
  try {
    note(`idle for ${idleSeconds} s`);
    const orchestratorCpuPercent = await cpuPercent(shipped.orchestrator, () => sleep(idleSeconds * 1000));
    const containerOf = async (id: string) => (await installation.api.agent(id)).container?.id ?? '';
    const [agentMib, pythonAgentMib, bareNodeMib, barePythonMib, orchestratorMib] = await Promise.all([
      memoryMib(await containerOf(SECOND)),
      memoryMib(await containerOf(SECOND_PYTHON)),
      memoryMib(bareNode[1]),
      memoryMib(barePython[1]),
      memoryMib(shipped.orchestrator),
    ]);
    const diskMb10Agents = await diskMbOfBundles(shipped.installId, 10);
    const agents = { agentMib, bareNodeMib, pythonAgentMib, barePythonMib };
    return { ...agents, orchestratorMib, orchestratorCpuPercent, diskMb10Agents };
  } finally {
    await shipped.stop();
    for (const id of [...bareNode, ...barePython]) {
      await engine('DELETE', `/containers/${id}?force=true`, { accept: [404] });
    }
    for (const id of [SECOND, SECOND_PYTHON]) await installation.agents.remove(id);
  }
}

const keepTwo = async (floor: Floor): Promise<[string, string]> => [await floor.keepOne(), await floor.keepOne()];
