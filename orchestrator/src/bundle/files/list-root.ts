/** The agents folder for the commands: which of its folders are bundles, and which are not, and why. */
import { readdir } from 'node:fs/promises';
import { leftBy } from '../../ignored/ignored-names.ts';
import { isBundleName } from './root-state.ts';
import { isBundle } from './special-files.ts';

export interface RootList {
  /** Names, sorted; also of folders that cannot be read. */
  bundles: readonly string[];
  /** Folders, and files that would be part of one. Hidden ones that no tool left are not told of. */
  others: readonly { folder: string; because: string }[];
}

/** Throws what the file system says of the folder itself. */
export async function listRoot(dir: string): Promise<RootList> {
  const entries = await readdir(dir, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const bundles: string[] = [];
  const others: { folder: string; because: string }[] = [];
  for (const folder of folders.sort()) {
    const tool = leftBy(folder);
    if (isBundleName(folder) && (await mayBeBundle(`${dir}/${folder}`))) bundles.push(folder);
    else if (tool !== null) others.push({ folder, because: `left by ${tool.by}` });
    else if (isBundleName(folder)) others.push({ folder, because: await whyNone(dir, folder) });
  }
  others.push(...files.filter((name) => isBundle([name])).map((folder) => ({ folder, because: LOOSE })));
  return { bundles, others };
}

const NONE = 'no manifest.yaml, no logic file';
const LOOSE = 'beside the folders; an agent is a folder with its files in it';

/** Unpacked archives often have a folder too many. */
async function whyNone(dir: string, folder: string): Promise<string> {
  const names = await readdir(`${dir}/${folder}`).catch(() => []);
  for (const name of names.filter(isBundleName).slice(0, MOST_TRIED)) {
    const inner = await readdir(`${dir}/${folder}/${name}`).catch(() => []);
    if (isBundle(ownOf(inner))) return `${NONE}; ${folder}/${name} has: move it up`;
  }
  return NONE;
}

const MOST_TRIED = 20;

/** "docs (no manifest.yaml, no logic file), @Recycle (left by QNAP)" */
export function othersLine(others: RootList['others']): string {
  const most = 10;
  const told = others.slice(0, most).map(({ folder, because }) => `${folder} (${because})`);
  return told.concat(others.length > most ? [`${others.length - most} more`] : []).join(', ');
}

async function mayBeBundle(path: string): Promise<boolean> {
  try {
    return isBundle(ownOf(await readdir(path)));
  } catch {
    return true;
  }
}

const ownOf = (names: readonly string[]) =>
  names.map((name) => name.normalize('NFC')).filter((name) => leftBy(name) === null);
