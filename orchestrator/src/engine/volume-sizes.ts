/** How much the volumes of agents hold: the engine adds it up, file by file, which takes it seconds where there are many. */
import * as z from 'zod';
import type { AgentId } from '../domain/agent.ts';
import { LABEL, volumeName } from '../domain/labels.ts';
import type { Engine } from './client.ts';
import { volumeSummary } from './labels.ts';

/** -1: the engine could not tell. */
const sized = volumeSummary.extend({ UsageData: z.object({ Size: z.number() }).nullish() });
const SECONDS = 600;

/** @returns bytes by agent */
export async function volumeSizes(engine: Engine, installId: string): Promise<ReadonlyMap<AgentId, number>> {
  const call = { path: '/system/df', query: { type: 'volume' }, seconds: SECONDS };
  const { body } = await engine.call({ method: 'GET', ...call });
  const { Volumes } = z.object({ Volumes: z.array(sized).nullish() }).parse(body);
  const found = new Map<AgentId, number>();
  for (const { Name, Labels, UsageData } of Volumes ?? []) {
    const agent = Labels[LABEL.agent];
    if (agent && Name === volumeName(installId, agent) && UsageData && UsageData.Size >= 0)
      found.set(agent, UsageData.Size);
  }
  return found;
}
