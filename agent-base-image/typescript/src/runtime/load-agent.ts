/** Finds and checks the bundle's code: `logic.ts` or `logic.js` with a class `Agent`, or none, which is fine. */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AgentHost } from '../agent-host.ts';
import { BaseAgent } from '../base-agent.ts';

export type AgentClass = new (host: AgentHost) => BaseAgent;

/** @param folder of the bundle, for example /app/bundle. Throws an error that a bundle's author understands. */
export async function loadAgent(folder: string): Promise<AgentClass> {
  const found = (await readdir(folder)).filter((name) => name === 'logic.ts' || name === 'logic.js');
  if (found.length > 1) throw new Error('there are both logic.ts and logic.js: keep one');
  const [name] = found;
  takeStrippedAsItIs(folder);
  return name === undefined ? BaseAgent : checked(await load(join(folder, name)), name);
}

/** What the orchestrator writes behind a file whose types it has taken out already. */
const STRIPPED = '\n//# hairem: types stripped\n';

/** Node loads a compiler for any `.ts`, also where no type is left: 17 MiB, and a third of the start-up. */
function takeStrippedAsItIs(folder: string): void {
  const root = pathToFileURL(join(folder, '/')).href;
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith(root) || !/\.m?ts$/.test(url)) return nextLoad(url, context);
      const source = readFileSync(fileURLToPath(url), 'utf8');
      if (!source.endsWith(STRIPPED)) return nextLoad(url, context);
      return { format: 'module', source, shortCircuit: true };
    },
  });
}

async function load(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    throw explain(error, path);
  }
}

function checked(module: Readonly<Record<string, unknown>>, name: string): AgentClass {
  const { Agent } = module;
  if (isAgentClass(Agent)) return Agent;
  if (typeof Agent === 'function') {
    throw new TypeError(
      `${name}: its class Agent must extend BaseAgent of @hairem/agent; it extends ${parentOf(Agent)}`,
    );
  }
  const found = Object.entries(module).map(([key, value]) => `${key} (${typeof value})`);
  throw new TypeError(
    `${name} must export a class Agent that extends BaseAgent; it exports ${found.join(', ') || 'nothing'}`,
  );
}

function isAgentClass(value: unknown): value is AgentClass {
  return typeof value === 'function' && value.prototype instanceof BaseAgent;
}

function parentOf(value: object): string {
  const parent: unknown = Object.getPrototypeOf(value);
  const name = typeof parent === 'function' ? parent.name : '';
  return name === 'BaseAgent' ? 'a BaseAgent of another copy of the package' : name || 'nothing';
}

/** A package that its install script would have compiled, or fetched a compiled part for. */
const UNCOMPILED =
  /Could not locate the bindings file|[Nn]o native build was found|Cannot find module '[^']*\.node'|prebuild|invalid ELF header/;
const NEVER_COMPILED = 'install scripts of packages never run here: take a package that comes compiled';

/** Node says where in the first lines of the stack; TypeScript that cannot be stripped needs a word of its own. */
function explain(error: unknown, path: string): unknown {
  if (error instanceof Error && UNCOMPILED.test(error.message)) error.message += ` (${NEVER_COMPILED})`;
  if (!(error instanceof SyntaxError)) return error;
  const where = /^(?:file:\/\/)?(\/.*:\d+)$/m.exec(error.stack ?? '')?.[1];
  const place = where ? where.slice(where.lastIndexOf('/') + 1) : basename(path);
  const hint =
    'code' in error && error.code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' ? ' (types are stripped, not compiled)' : '';
  return new SyntaxError(`${place}: ${error.message}${hint}`, { cause: error });
}
