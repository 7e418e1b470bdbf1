/**
 * Which bundles were written for the in-process hAIrem: their logic.py imports from `src`, and that is no folder of
 * their own. The Python runtime recognises them in the same way (hairem/runtime/load_agent.py). Pure.
 */
import type { WalkedFolder } from './files/walked.ts';

export const PYTHON_LOGIC = 'logic.py';

const IMPORTS_SRC = /^[ \t]*(?:from|import)[ \t]+src(?:[.\s,]|$)/m;

/** @param contents root files of the bundle by name, logic.py among them if there is one */
export function isInProcess(root: WalkedFolder, contents: ReadonlyMap<string, Uint8Array>): boolean {
  const logic = contents.get(PYTHON_LOGIC);
  const hasOwn = root.folders.some(({ name }) => name === 'src') || root.files.some(({ name }) => name === 'src.py');
  return logic !== undefined && !hasOwn && IMPORTS_SRC.test(new TextDecoder().decode(logic));
}
