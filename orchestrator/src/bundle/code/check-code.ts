/** What of a bundle's code would end the agent at its start: for either language, what can be told before. */
import type { Problem } from '../../domain/desired.ts';
import { packageNames } from '../dependencies/package-names.ts';
import type { Description } from '../describe-bundle.ts';
import { LIMITS } from '../limits.ts';
import { checkPythonFiles } from '../python/check-python-files.ts';
import type { LogicFile } from './check-logic.ts';
import { checkModules } from './check-modules.ts';
import type { ModuleOutline } from './module-outline.ts';

export interface BundleCode {
  logic: LogicFile;
  content: Uint8Array;
  /** What is known against the logic file already. */
  faults: readonly Problem[];
  outlines: ReadonlyMap<string, ModuleOutline>;
  /** Of code for Python, by path, but for the logic file. */
  python: ReadonlyMap<string, string>;
  /** Every file of the code, by path. */
  files: ReadonlySet<string>;
  /** Root files by name. */
  contents: ReadonlyMap<string, Uint8Array>;
  description: Pick<Description, 'inProcess' | 'dependencies'>;
}

export async function checkCode(code: BundleCode): Promise<Problem[]> {
  const { logic, content, faults, outlines, python, files, contents, description } = code;
  if (logic !== 'logic.py')
    return checkModules({
      logic,
      outlines,
      files,
      packages: packageNames(contents),
      expectsAgent: faults.length === 0,
    });
  if (content.length > LIMITS.outlineBytes) return [];
  const { inProcess, dependencies } = description;
  const text = new TextDecoder().decode(content);
  const bringsModules = inProcess || dependencies.files.length > 0;
  const texts = new Map([['logic.py', text], ...python]);
  return checkPythonFiles({ texts, files, bringsModules, bringsAll: inProcess });
}
