/** An agent's past updates, newest first: a report ends the one that was under way before it. */
import type { UpdateReport } from '../domain/agent-record.ts';

const UPDATES_KEPT = 50;

export function foldUpdates(updates: readonly UpdateReport[], update: UpdateReport): readonly UpdateReport[] {
  const past = updates[0]?.result === 'running' ? updates.slice(1) : updates;
  return [update, ...past].slice(0, UPDATES_KEPT);
}
