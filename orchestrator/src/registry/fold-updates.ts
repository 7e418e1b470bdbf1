/** An agent's past updates, newest first: a report ends the one that was under way before it. */
import type { UpdateReport } from '../domain/agent-record.ts';
import { withinBytes } from '../domain/text/within-bytes.ts';

const UPDATES_KEPT = 50;
/** The last lines of a log are the agent's own. */
const UPDATE_BYTES = 16 * 1024;

export function foldUpdates(updates: readonly UpdateReport[], update: UpdateReport): readonly UpdateReport[] {
  const past = isOpen(updates[0]) ? updates.slice(1) : updates;
  return [withinBytes(update, UPDATE_BYTES).value, ...past].slice(0, UPDATES_KEPT);
}

const isOpen = (update: UpdateReport | undefined) => update?.result === 'running' || update?.result === 'held';
