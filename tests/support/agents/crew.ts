/** What tests do with one agent of an installation again and again: save, wait for the update, ask who answers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentRecord, UpdateReport } from '../../../orchestrator/src/domain/agent-record.ts';
import { parrotLogic, type Traits } from '../builders/bundles.ts';
import { eventually } from '../eventually.ts';
import type { Installation } from '../installation/installation.ts';
import { command } from './command.ts';

/** In the language in which it is there. */
export function saveParrot({ agents }: Installation, id: string, traits: Traits): Promise<void> {
  const isPython = existsSync(join(agents.dir, id, 'logic.py'));
  if (isPython) return agents.save(id, 'logic.py', parrotLogic(traits, 'python'));
  return agents.save(id, 'logic.ts', parrotLogic(traits));
}

/** Does something that leads to an update, and waits until that update has ended. */
export async function untilUpdated(
  { api }: Installation,
  { id, deadlineMs = 90_000 }: { id: string; deadlineMs?: number },
  act: () => Promise<void>,
): Promise<{ record: AgentRecord; update: UpdateReport }> {
  const before = (await api.agent(id)).last_update;
  await act();
  return eventually(
    `an update of ${id} has ended`,
    async () => {
      const record = await api.agent(id);
      const update = record.last_update;
      if (!update || update.result === 'running') return null;
      if (update.at === before?.at && update.to === before.to && update.result === before.result) return null;
      return { record, update };
    },
    { deadlineMs, intervalMs: 100 },
  );
}

interface Answer {
  mark: string;
  config: Record<string, unknown>;
  persona: Record<string, unknown> | null;
}

/** Asks the agent which version it is, over the bus and through the API. */
export async function whoAnswers(installation: Installation, id: string): Promise<Answer> {
  return (await command(installation, id, { name: 'mark' })).result as Answer;
}

/** Resolves when this version answers. */
export async function untilAnswers(
  installation: Installation,
  { id, mark, deadlineMs = 90_000 }: { id: string; mark: string; deadlineMs?: number },
): Promise<void> {
  await eventually(
    `${id} answers as ${mark}`,
    async () => {
      const answer = await whoAnswers(installation, id);
      if (answer.mark !== mark) throw new Error(`it is ${answer.mark}`);
      return true;
    },
    { deadlineMs, intervalMs: 250 },
  );
}
