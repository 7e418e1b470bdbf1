/** The agents folder for the commands: which of its folders are bundles, and which are not, and why. */
import { readdir } from 'node:fs/promises';
import { leftBy } from '../left-out/left-by.ts';
import { isBundleName } from './root-state.ts';
import { isBundle } from './special-files.ts';

export interface RootList {
  /** Names, sorted; also of folders that cannot be read. */
  bundles: readonly string[];
  /** Hidden ones are not told of. */
  others: readonly { folder: string; because: string }[];
}

/** Throws what the file system says of the folder itself. */
export async function listRoot(dir: string): Promise<RootList> {
  const entries = await readdir(dir, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const bundles: string[] = [];
  const others: { folder: string; because: string }[] = [];
  for (const folder of folders.sort()) {
    const tool = leftBy(folder);
    if (isBundleName(folder) && (await mayBeBundle(`${dir}/${folder}`))) bundles.push(folder);
    else if (tool !== null) others.push({ folder, because: `left by ${tool.by}` });
    else if (isBundleName(folder)) others.push({ folder, because: 'no manifest.yaml, no logic file' });
  }
  return { bundles, others };
}

/** "docs (no manifest.yaml, no logic file), @Recycle (left by QNAP)" */
export function othersLine(others: RootList['others']): string {
  const most = 10;
  const told = others.slice(0, most).map(({ folder, because }) => `${folder} (${because})`);
  return told.concat(others.length > most ? [`${others.length - most} more`] : []).join(', ');
}

async function mayBeBundle(path: string): Promise<boolean> {
  try {
    return isBundle((await readdir(path)).map((name) => name.normalize('NFC')).filter((name) => leftBy(name) === null));
  } catch {
    return true;
  }
}
