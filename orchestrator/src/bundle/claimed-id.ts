/** Which agent a folder is of, whether its bundle is valid or not: what runs under that id keeps running. */
import { type AgentId, isAgentId, toAgentId } from '../domain/agent.ts';
import { sha256 } from './content-hash.ts';
import { readSmallFile } from './files/open-without-links.ts';
import { MANIFEST_FILES } from './files/special-files.ts';
import { LIMITS } from './limits.ts';
import { guessStatedId } from './manifest/read-manifest.ts';

/** The id that a folder seems to claim, whatever state it is in; always one that is safe to use. */
export async function claimedId({ dir, folder }: { dir: string; folder: string }): Promise<AgentId> {
  const files = MANIFEST_FILES.map((name) => readSmallFile(`${dir}/${folder}/${name}`, LIMITS.textBytes));
  const claimed = toAgentId(guessStatedId(await Promise.all(files)) ?? folder);
  return isAgentId(claimed) ? claimed : standInId(folder);
}

/** A name to show a bundle under whose own is none. The hash keeps two of them apart. */
function standInId(folder: string): AgentId {
  const plain = toAgentId(folder)
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 24);
  return `invalid-${plain}-${sha256(folder).slice(0, 6)}`.replaceAll(/-+/g, '-');
}
