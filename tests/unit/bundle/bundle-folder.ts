/** A throw-away agents folder and a scanner that remembers, with the time in the test's hands. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { type CodeChecker, createCodeChecker } from '../../../orchestrator/src/bundle/code/code-checker.ts';
import { type ScanMemory, type ScanResult, scanBundles } from '../../../orchestrator/src/bundle/scan-bundles.ts';
import type { DesiredAgent, DesiredCrew } from '../../../orchestrator/src/domain/desired.ts';
import type { Grants } from '../../../orchestrator/src/domain/grants.ts';
import type { Version } from '../../../orchestrator/src/domain/version.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;

export const MANIFEST = 'name: Echo\ndescription: says it again\n';

export async function temporaryFolder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hairem-bundle-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export async function writeFiles(dir: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
}

export interface Scanner {
  agents: string;
  workDir: string;
  memory: ScanMemory | null;
  checker: CodeChecker;
  /** @param wallLead how far the wall clock is ahead of the files' timestamps */
  scan(
    now: number,
    options?: {
      wallLead?: number;
      expectBundles?: boolean;
      snapshotsInUse?: string[];
      base?: string;
      grants?: Grants;
      knownAs?: (folder: string) => string | null;
    },
  ): Promise<ScanResult>;
  /** Scans at 0, 40 and 2000 ms more, as a loop would that obeys recheckInMs. */
  settled(from: number): Promise<ScanResult>;
}

export async function scannerOf(t: TestContext, files: Files): Promise<Scanner> {
  const dir = await temporaryFolder(t);
  const agents = join(dir, 'agents');
  await mkdir(agents);
  await writeFiles(agents, files);
  const checker = createCodeChecker();
  t.after(() => checker.close());
  const scanner: Scanner = {
    agents,
    workDir: join(dir, 'snapshots'),
    memory: null,
    checker,
    async scan(now, options = {}) {
      const { wallLead = 1_000, expectBundles = false, snapshotsInUse = [], base = 'base', grants, knownAs } = options;
      const result = await scanBundles({
        dir: agents,
        workDir: scanner.workDir,
        baseHashes: { node: base },
        checker,
        ...(grants ? { grants } : {}),
        ...(knownAs ? { knownAs } : {}),
        previous: scanner.memory,
        now,
        wallNow: Date.now() + wallLead,
        snapshotsInUse: new Set(snapshotsInUse),
        expectBundles,
      });
      scanner.memory = result.memory;
      return result;
    },
    async settled(from) {
      let result = await scanner.scan(from);
      for (let now = from; result.recheckInMs !== null && now < from + 5_000; ) {
        now += result.recheckInMs;
        result = await scanner.scan(now);
      }
      return result;
    },
  };
  return scanner;
}

export const LOGIC = 'export class Agent extends BaseAgent {}\n';
export const ECHO: Files = { 'echo/manifest.yaml': MANIFEST, 'echo/logic.ts': `${LOGIC}\n` };

export const kinds = ({ agents }: DesiredCrew) => agents.map(({ kind, id }) => `${id} ${kind}`);
export const problemsOf = (agent: DesiredAgent | undefined) =>
  agent?.kind === 'invalid' ? agent.problems.map(({ message }) => message).join('\n') : '';

export function versionOf({ agents }: DesiredCrew, id = 'echo'): Version {
  const agent = agents.find((one) => one.id === id);
  if (agent?.kind !== 'valid') throw new Error(`${id} is ${agent?.kind}: ${problemsOf(agent)}`);
  return agent.version;
}

export async function settledScanner(t: TestContext, files: Files): Promise<Scanner> {
  const scanner = await scannerOf(t, files);
  await scanner.settled(0);
  return scanner;
}
