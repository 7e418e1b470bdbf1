/** Which folders the words of `validate` and `build` mean: paths, or names in the agents folder; none means all of them. */
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { listRoot } from '../../bundle/files/list-root.ts';
import { didYouMean } from '../../bundle/manifest/suggest.ts';
import { toAgentId } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors/errors.ts';

export async function bundleFolders(words: readonly string[], agentsDir: string): Promise<readonly string[]> {
  if (words.length === 0) return allFolders(agentsDir);
  return Promise.all(words.map((word) => folderOf(word, agentsDir)));
}

async function allFolders(agentsDir: string): Promise<readonly string[]> {
  try {
    const { bundles } = await listRoot(agentsDir);
    return bundles.map((name) => join(agentsDir, name));
  } catch (cause) {
    throw new HairemError(
      'bad_config',
      `the agents folder ${agentsDir} cannot be read; HAIREM_AGENTS_DIR says where it is`,
      { cause },
    );
  }
}

/** `agents/echo`, typed on the host, is `/agents/echo` in the container that this may run in. */
async function folderOf(word: string, agentsDir: string): Promise<string> {
  for (const path of [resolve(word), join(agentsDir, basename(word))]) if (await isFolder(path)) return path;
  const names = await listRoot(agentsDir).then(
    ({ bundles }) => bundles,
    () => [],
  );
  const [alike, ...others] = names.filter((name) => toAgentId(name) === toAgentId(basename(word)));
  if (alike !== undefined && others.length === 0) return join(agentsDir, alike);
  const meant = didYouMean(basename(word), names);
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  throw new HairemError('not_found', `there is no bundle "${word}", neither as a path nor in ${agentsDir}${hint}`);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}
