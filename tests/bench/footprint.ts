/** What it costs to have it: memory of an idle agent and of a bare Node, memory and CPU of the orchestrator, disk. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readBaseImage } from '../../orchestrator/src/build/base-image.ts';
import { LABEL } from '../../orchestrator/src/domain/labels.ts';
import { crewFolder } from '../builders.ts';
import { createApiClient } from '../rig/api-client.ts';
import { engine, inspect } from '../rig/engine.ts';
import { eventually } from '../rig/eventually.ts';
import { type Installation, startInstallation } from '../rig/installation.ts';
import { containersOf, imagesOf } from '../rig/inventory.ts';
import { readUsage } from './container-usage.ts';
import { type Floor, prepareFloor } from './floor.ts';

export interface Footprint {
  agentMib: number;
  bareNodeMib: number;
  orchestratorMib: number;
  orchestratorCpuPercent: number;
  diskMb10Agents: number;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CREW = Array.from({ length: 20 }, (_, n) => `echo-${n + 1}`);
const DISK_AGENTS = 10;
/** As in docker-compose.yml. */
const ORCHESTRATOR_MEMORY = 512 * 2 ** 20;
const PORT = 8000;

export async function measureFootprint({
  idleMs,
  note,
}: {
  idleMs: number;
  note: (text: string) => void;
}): Promise<Footprint> {
  const installation = await startInstallation({ env: { HAIREM_LOG_LEVEL: 'info' } });
  try {
    const floor = await prepareFloor(installation);
    try {
      return await measure(installation, { floor, idleMs, note });
    } finally {
      await floor.close();
    }
  } catch (error) {
    console.error(await installation.logs());
    throw error;
  } finally {
    await installation.stop();
  }
}

async function measure(
  installation: Installation,
  { floor, idleMs, note }: { floor: Floor; idleMs: number; note: (text: string) => void },
): Promise<Footprint> {
  for (const id of CREW) await installation.agents.copy(id, join(crewFolder, 'echo'));
  await installation.untilActive(CREW, 240_000);
  note(`${CREW.length} agents are active`);
  await installation.orchestrator().stop();
  const orchestrator = await runInContainer(installation);
  try {
    await floor.keepOne();
    const bare = await floor.keepOne();
    const second = await containerOf(installation.installId, CREW[1] ?? '');
    note(`idle for ${idleMs / 1000} s`);
    const before = await readUsage(orchestrator);
    await sleep(idleMs);
    const after = await readUsage(orchestrator);
    return {
      agentMib: (await readUsage(second)).mib,
      bareNodeMib: (await readUsage(bare)).mib,
      orchestratorMib: after.mib,
      orchestratorCpuPercent: (100 * (after.cpuNs - before.cpuNs)) / ((after.at - before.at) * 1e6),
      diskMb10Agents: await diskOfAgents(installation.installId),
    };
  } finally {
    await engine('DELETE', `/containers/${orchestrator}?force=true&v=true`, { accept: [404] });
  }
}

/** The orchestrator as compose runs it: in a container with a memory limit, here with the sources of this folder. */
async function runInContainer({ env, root, coreNetwork, token }: Installation): Promise<string> {
  const variables = { ...env, HAIREM_API_HOST: '0.0.0.0', HAIREM_API_PORT: String(PORT) };
  const body = {
    Image: 'node:24-bookworm-slim',
    Cmd: ['node', join(ROOT, 'orchestrator/src/cli.ts'), 'run'],
    Env: Object.entries(variables).flatMap(([key, value]) => (key === 'PATH' ? [] : [`${key}=${value}`])),
    HostConfig: {
      Binds: [`${ROOT}:${ROOT}:ro`, `${root}:${root}`],
      Memory: ORCHESTRATOR_MEMORY,
      MemorySwap: ORCHESTRATOR_MEMORY,
      NetworkMode: coreNetwork,
      Init: true,
    },
  };
  const { Id } = await engine<{ Id: string }>('POST', '/containers/create', { body });
  await engine('POST', `/containers/${Id}/start`);
  const address = (await inspect(Id)).NetworkSettings.Networks[coreNetwork]?.IPAddress ?? '';
  const api = createApiClient(`http://${address}:${PORT}`, token);
  const check = async () => (await api.agents()).filter(({ active }) => active).length === CREW.length;
  await eventually('the orchestrator in its container has adopted the crew', check, { deadlineMs: 60_000 });
  return Id;
}

async function containerOf(installId: string, agent: string): Promise<string> {
  const found = (await containersOf(installId)).find(({ Labels }) => Labels[LABEL.agent] === agent);
  return found?.Id ?? '';
}

/** What the images of ten agents add to the base image that they share. */
async function diskOfAgents(installId: string): Promise<number> {
  const { tag } = await readBaseImage(join(ROOT, 'agent-base-image'), 'node');
  const base = await engine<{ Size: number }>('GET', `/images/${tag}/json`);
  const images = (await imagesOf(installId)).filter(({ Labels }) => Labels[LABEL.kind] === 'bundle');
  if (images.length < DISK_AGENTS) throw new Error(`only ${images.length} images of agents`);
  return images.slice(0, DISK_AGENTS).reduce((sum, { Size }) => sum + Size - base.Size, 0) / 1e6;
}
