/** Imports of what Node itself has, of which all is known. It loads those modules, so it is for code-checker-worker.ts. */
import { isBuiltin } from 'node:module';
import type { Problem } from '../../domain/desired.ts';
import type { ModuleImport, Place } from './module-outline.ts';

/** Those that print or begin something as they are loaded. */
const NOT_LOADED = /^(?:node:)?(?:test|repl|inspector|trace_events|sqlite|wasi|sea)(?:\/|$)/;

export function builtinProblems({ specifier, names, ...place }: ModuleImport, path: string): Problem[] {
  const wrong = (at: Place, message: string): Problem => ({
    ...{ severity: 'error', file: path, line: at.line, column: at.column, path: '', message },
  });
  if (specifier.startsWith('node:') && !isBuiltin(specifier)) return [wrong(place, `Node has no ${specifier}`)];
  if (!isBuiltin(specifier) || NOT_LOADED.test(specifier)) return [];
  const known = process.getBuiltinModule(specifier) as object | undefined;
  return names
    .filter(({ name }) => known !== undefined && name !== 'default' && !(name in known))
    .map((one) =>
      wrong(one, `${specifier} has no ${one.name} at run time; if it is a type: import type { ${one.name} }`),
    );
}
