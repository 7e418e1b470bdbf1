/** An agent's past updates, newest first: a report ends the one that was under way before it. */
import type { UpdateReport } from '../domain/agent-record.ts';

const UPDATES_KEPT = 50;

export function foldUpdates(updates: readonly UpdateReport[], update: UpdateReport): readonly UpdateReport[] {
  const past = isOpen(updates[0]) ? updates.slice(1) : updates;
  return [update, ...past].slice(0, UPDATES_KEPT);
}

const isOpen = (update: UpdateReport | undefined) => update?.result === 'running' || update?.result === 'held';
