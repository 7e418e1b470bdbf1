/** A throw-away agents folder and a scanner that remembers, with the time in the test's hands. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { createCodeChecker } from '../../../orchestrator/src/bundle/code-checker.ts';
import { type ScanMemory, type ScanResult, scanBundles } from '../../../orchestrator/src/bundle/scan-bundles.ts';
import type { Grants } from '../../../orchestrator/src/domain/grants.ts';

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
  /** @param wallLead how far the wall clock is ahead of the files' timestamps */
  scan(
    now: number,
    options?: { wallLead?: number; expectBundles?: boolean; snapshotsInUse?: string[]; base?: string; grants?: Grants },
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
    async scan(now, { wallLead = 1_000, expectBundles = false, snapshotsInUse = [], base = 'base', grants } = {}) {
      const result = await scanBundles({
        dir: agents,
        workDir: scanner.workDir,
        baseHashes: { node: base },
        checker,
        ...(grants ? { grants } : {}),
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
