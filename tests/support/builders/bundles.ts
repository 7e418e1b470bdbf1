/** Bundles for tests: values that say what a bundle is, and an agents folder that is written the way an editor would. */

import { readFileSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Runtime } from '../../../orchestrator/src/domain/version.ts';

/** Path inside the bundle → text. */
export type BundleFiles = Readonly<Record<string, string>>;

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

/** The same agent in each language, and the line that its traits replace. */
const PARROTS = {
  node: { text: read('../../bundles/parrot/logic.ts'), traits: 'const TRAITS: Traits = {};' },
  python: { text: read('../../bundles/parrot-python/logic.py'), traits: 'TRAITS: dict[str, Any] = {}' },
} as const;

/** What the test agent does besides answering; each trait is one way to be a bad version. */
export interface Traits {
  /** Told in every answer: which version answers. */
  mark: string;
  /** The longest that a handler takes, milliseconds. */
  handlerMs?: number;
  setup?: 'throw' | 'hang';
  selfTest?: 'throw';
  /** The process ends this long after it became ACTIVE. */
  crashAfterMs?: number;
  /** Never gives way to the event loop again, this long after it became ACTIVE. */
  blockAfterMs?: number;
}

export interface ManifestOptions {
  update?: Record<string, number | string>;
  config?: Record<string, unknown>;
  /** Further lines of YAML. */
  extra?: string;
}

export function manifest({ update = {}, config = {}, extra = '' }: ManifestOptions = {}): string {
  const lines = ['name: Parrot', 'type: tool', 'personified: false', 'description: Answers every message, for tests.'];
  lines.push(`update: ${JSON.stringify({ monitor_seconds: 1, drain_seconds: 5, ready_seconds: 20, ...update })}`);
  lines.push(`config: ${JSON.stringify(config)}`);
  return `${lines.join('\n')}\n${extra}`;
}

/** The logic of the test agent, with its traits written into it. */
export function parrotLogic(traits: Traits, runtime: Runtime = 'node'): string {
  const { text, traits: line } = PARROTS[runtime];
  return text.replace(line, line.replace('{}', JSON.stringify(traits)));
}

export function parrot(traits: Traits, options: ManifestOptions = {}): BundleFiles {
  return { 'manifest.yaml': manifest(options), 'logic.ts': parrotLogic(traits) };
}

/** An agent that means harm; what it does, the command `attack` says. */
export function wolf(): BundleFiles {
  return { 'manifest.yaml': manifest(), 'logic.ts': read('../../bundles/wolf/logic.ts') };
}

export function pythonParrot(traits: Traits, options: ManifestOptions = {}): BundleFiles {
  return { 'manifest.yaml': manifest(options), 'logic.py': parrotLogic(traits, 'python') };
}

/** The same agent in each language, and the line that holds its mark. */
const KEEPERS = {
  node: { file: 'logic.ts', text: read('../../bundles/keeper/logic.ts'), mark: "const MARK = '';" },
  python: { file: 'logic.py', text: read('../../bundles/keeper-python/logic.py'), mark: 'MARK = ""' },
} as const;

/** The logic of the agent that counts and ticks. With `config: {crash: <its mark>}` that version ends itself. */
export function keeperLogic(mark: string, runtime: Runtime): { file: string; text: string } {
  const { file, text, mark: line } = KEEPERS[runtime];
  return { file, text: text.replace(line, line.replace(/''|""/, JSON.stringify(mark))) };
}

export function keeper(runtime: Runtime, options: ManifestOptions = {}): BundleFiles {
  const { file, text } = keeperLogic('v0', runtime);
  return { 'manifest.yaml': manifest(options), [file]: text };
}

/** The agent that uses the services, in each language. */
export function memo(runtime: Runtime): BundleFiles {
  const [file, folder] = runtime === 'node' ? ['logic.ts', 'memo'] : ['logic.py', 'memo-python'];
  return { 'manifest.yaml': manifest(), [file]: read(`../../bundles/${folder}/${file}`) };
}

/** The agent that thinks, in each language. */
export function thinker(runtime: Runtime, options: ManifestOptions = {}): BundleFiles {
  const [file, folder] = runtime === 'node' ? ['logic.ts', 'thinker'] : ['logic.py', 'thinker-python'];
  return { 'manifest.yaml': manifest(options), [file]: read(`../../bundles/${folder}/${file}`) };
}

/** The agent that logs as fast as it can. */
export function chatterbox(): BundleFiles {
  return { 'manifest.yaml': manifest(), 'logic.ts': read('../../bundles/chatterbox/logic.ts') };
}

/** The counterpart of agents/echo, with the same manifest. */
export function pythonEcho(): BundleFiles {
  return {
    'manifest.yaml': read('../../../agents/echo/manifest.yaml'),
    'logic.py': read('../../bundles/echo-python/logic.py'),
  };
}

/** Asks others and is asked, for the benchmark. */
export function asker(runtime: Runtime): BundleFiles {
  if (runtime === 'node') return { 'manifest.yaml': manifest(), 'logic.ts': read('../../bundles/asker/logic.ts') };
  return { 'manifest.yaml': manifest(), 'logic.py': read('../../bundles/asker-python/logic.py') };
}

/** An agents folder whose every change is one rename, as editors and copies end. */
export interface AgentsFolder {
  readonly dir: string;
  put(id: string, files: BundleFiles): Promise<void>;
  /** Copies a bundle of this repository. */
  copy(id: string, from: string): Promise<void>;
  /** Replaces or adds one file. */
  save(id: string, file: string, text: string): Promise<void>;
  /** Removes one file; absent is fine. */
  drop(id: string, file: string): Promise<void>;
  remove(id: string): Promise<void>;
}

/** @param root has room for `agents` and for what is being written, on one file system */
export async function createAgentsFolder(root: string): Promise<AgentsFolder> {
  const dir = join(root, 'agents');
  const staging = join(root, 'staging');
  await mkdir(dir, { recursive: true });
  await mkdir(staging, { recursive: true });
  // As anybody's folder: hAIrem may run as another user.
  const aside = async () => {
    const draft = await mkdtemp(join(staging, 'bundle-'));
    await chmod(draft, 0o755);
    return draft;
  };
  return {
    dir,
    async put(id, files) {
      const draft = await aside();
      await writeFiles(draft, files);
      await rename(draft, join(dir, id));
    },
    async copy(id, from) {
      const draft = await aside();
      await cp(from, draft, { recursive: true });
      await rename(draft, join(dir, id));
    },
    async save(id, file, text) {
      const draft = await aside();
      await writeFiles(draft, { [file]: text });
      await mkdir(dirname(join(dir, id, file)), { recursive: true });
      await rename(join(draft, file), join(dir, id, file));
      await rm(draft, { recursive: true });
    },
    drop: (id, file) => rm(join(dir, id, file), { force: true }),
    remove: async (id) => {
      await rename(join(dir, id), await aside().then((draft) => join(draft, id)));
    },
  };
}

async function writeFiles(folder: string, files: BundleFiles): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** The crew that ships. */
export const crewFolder = fileURLToPath(new URL('../../../agents/', import.meta.url));
