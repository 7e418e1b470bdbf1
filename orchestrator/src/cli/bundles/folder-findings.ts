/** What is in the agents folder and in no agent: folders that are no bundles, and files that were perhaps meant to be part. */
import { printable } from '../../api/printable.ts';
import { LOCAL_LISTER } from '../../bundle/files/folder-lister.ts';
import { listRoot, othersLine } from '../../bundle/files/list-root.ts';
import type { LeftOut } from '../../bundle/files/walk-progress.ts';
import { lookAtBundle } from '../../bundle/read-bundle.ts';

const MOST_TOLD = 5;

/** Sentences for `doctor`; none where the folder cannot be read, which others say. */
export async function folderNotes(agentsDir: string): Promise<string[]> {
  const root = await listRoot(agentsDir).catch(() => null);
  if (root === null) return [];
  const notes = root.others.length === 0 ? [] : [`not agents: ${printable(othersLine(root.others))}`];
  for (const folder of root.bundles) {
    const look = await lookAtBundle({ dir: agentsDir, folder, lister: LOCAL_LISTER }).catch(() => null);
    const meant = (look?.leftOut ?? []).filter(({ perhapsMeant }) => perhapsMeant);
    if (meant.length > 0) notes.push(`${printable(folder)}: ${leftOutLine(meant, meant.length)}`);
  }
  return notes;
}

/** "not in its image: notes.bak (a backup) and 3 more; a line !name in .hairemignore brings one back" */
export function leftOutLine(leftOut: readonly LeftOut[], count: number): string {
  const told = leftOut.slice(0, MOST_TOLD).map(({ path, because }) => `${path} (${because})`);
  const more = count > told.length ? ` and ${count - told.length} more` : '';
  return `not in its image: ${told.join(', ')}${more}; a line !name in .hairemignore brings one back`;
}
