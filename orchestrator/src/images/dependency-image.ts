/**
 * The dependency image of a version: packages are foreign text, and with a grant foreign programs, so they are
 * installed by an ordinary user with limits, on a network that has the package indexes alone (SECURITY.md, Builds).
 */
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Slots } from '../async/semaphore.ts';
import { type HashedFile, hashFiles, sha256 } from '../bundle/content-hash.ts';
import { HairemError } from '../domain/errors/errors.ts';
import { bundleTag, depsTag, indexesAgent, LABEL } from '../domain/labels.ts';
import { CA_VARIABLES } from '../domain/network/own-ca.ts';
import { type Proxies, proxyArguments } from '../domain/network/proxies.ts';
import type { BuildLimits, ContainerHost, ImageBuild } from '../domain/ports/ports.ts';
import type { Runtime } from '../domain/version.ts';
import { packContext } from './build-context.ts';
import { type BuildInSlot, type BuildProgress, type Ensure, type Wanted, withLines } from './build-request.ts';
import { compilersDockerfile, compilersTagOn, dependencyDockerfile, indexProxyDockerfile } from './dockerfile.ts';
import { causeOf } from './install-errors/explain.ts';
import { INDEX_PROXY_DIR, indexesFor, type Mirrors, settingsFor } from './package-indexes.ts';

export interface InstallerOptions {
  host: Pick<ContainerHost, 'buildImage' | 'openIndexes' | 'removeStages'>;
  installId: string;
  /** Of the base image that the proxy beside an install runs on. */
  baseHash: string;
  mirrors: Mirrors;
  /** Certificates that the build trusts, as files; none for what everybody trusts. */
  ca: readonly { name: string; text: string }[];
  /** Of the home: what reaches the indexes goes through them. */
  proxies: Proxies;
  ensure: Ensure;
  ensureBase(runtime: Runtime, progress: BuildProgress): Promise<string>;
  inSlot: BuildInSlot;
  /** Of installs: an agent has one at a time. */
  slots: Slots;
  /** Of those with a grant, which may run foreign programs and wait for foreign hosts: they hold up no other. */
  grantedSlots: Slots;
  slotPrefix: string;
}

interface Install extends Wanted {
  /** Id of the base image. */
  from: string;
  network: string;
}

const GIB = 1024 ** 3;
const LIMITS: BuildLimits = {
  memory: GIB,
  cpus: 1,
  processes: 256,
  openFiles: 4096,
  fileBytes: GIB,
  writtenBytes: 4 * GIB,
};
const COMPILING: BuildLimits = { ...LIMITS, memory: 2 * GIB };
const INSTALL_SECONDS = 10 * 60;

export function createInstaller(options: InstallerOptions) {
  const { host, installId, baseHash, mirrors, ca, proxies, ensure, ensureBase, inSlot, slotPrefix } = options;

  /** The proxy's image, of this slot: all but the name of its agent is the same in each. */
  async function ensureProxy(slot: string, from: string, progress: BuildProgress): Promise<string> {
    const agent = indexesAgent(slot);
    const own = ca.map(({ text }) => sha256(text));
    const tag = bundleTag(agent, sha256([from, await hashOfProxy(), ...own].join(' ')));
    const labels = {
      [LABEL.orchestrator]: installId,
      [LABEL.kind]: 'bundle',
      [LABEL.agent]: agent,
      // An older base: the image is nobody's any more (unneeded-images.ts).
      [LABEL.depsHash]: baseHash,
    };
    await ensure(tag, progress, ({ signal }) => {
      const dockerfile = indexProxyDockerfile({ from, labels });
      const files = ca.map(({ name, text }) => ({ name: `code/${name}`, text }));
      const context = packContext({ folder: INDEX_PROXY_DIR, as: 'code', dockerfile, files });
      return inSlot(agent, { tag, labels, labelsIn: 'context', context }, signal);
    });
    return tag;
  }

  async function ensureCompilers(runtime: Runtime, from: string, progress: BuildProgress): Promise<{ from: string }> {
    const labels = { [LABEL.kind]: 'base', [LABEL.maker]: installId };
    const dockerfile = compilersDockerfile({ from, labels });
    const tag = compilersTagOn(runtime, from);
    const args = proxyArguments(proxies);
    const id = await ensure(tag, progress, (whoever) => {
      const context = packContext({ folder: INDEX_PROXY_DIR, as: 'code', dockerfile });
      const build: ImageBuild = { tag, labels, labelsIn: 'context', context, args };
      return inSlot(tag, withLines(build, whoever), whoever.signal);
    });
    return { from: id };
  }

  async function build({ version, snapshot, from, network }: Install, progress: BuildProgress): Promise<string> {
    const { runtime, depsHash } = version;
    const { hasLock, build: granted, dir } = snapshot;
    const compilers = granted.compilers ? await ensureCompilers(runtime, from, progress) : null;
    const run = randomBytes(8).toString('hex');
    const stageLabels = { [LABEL.orchestrator]: installId, [LABEL.kind]: 'install', [LABEL.build]: run };
    const labels = { [LABEL.kind]: 'deps', [LABEL.depsHash]: depsHash, [LABEL.maker]: installId };
    const dockerfile = dependencyDockerfile({ from, labels, stageLabels, runtime, hasLock, compilers });
    const files = settingsFor({ mirrors, sources: granted.sources, ca });
    const context = packContext({ folder: `${dir}/deps`, as: 'deps', dockerfile, files });
    const limits = granted.compilers ? COMPILING : LIMITS;
    const { signal } = progress;
    const image: ImageBuild = {
      tag: depsTag(depsHash),
      labels,
      labelsIn: 'context',
      context,
      limits,
      run,
      network,
      signal,
    };
    const { lines, heard } = listening(progress);
    try {
      return await host.buildImage(withLines({ ...image, seconds: INSTALL_SECONDS }, heard));
    } catch (error) {
      throw withAdvice(error, lines, { version, snapshot });
    } finally {
      context.destroy();
      await host.removeStages(run).catch(() => {});
    }
  }

  async function inThisSlot(name: string, wanted: Wanted, progress: BuildProgress): Promise<string> {
    const { runtime } = wanted.version;
    const { signal } = progress;
    const node = await ensureBase('node', progress);
    const from = runtime === 'node' ? node : await ensureBase(runtime, progress);
    const image = await ensureProxy(name, node, progress);
    const indexes = indexesFor({ runtime, mirrors, sources: wanted.snapshot.build.sources, proxies });
    const variables = ca.length > 0 ? CA_VARIABLES : {};
    const opened = await host.openIndexes({ slot: name, image, indexes, proxies, variables, signal });
    try {
      return await build({ ...wanted, from, network: opened.network }, progress);
    } finally {
      await opened.close();
    }
  }

  return {
    /** @returns the id of the image, whose tag is that of the version's dependencies */
    async install(wanted: Wanted, progress: BuildProgress): Promise<string> {
      const { runtime, agent } = wanted.version;
      if (!wanted.snapshot.hasLock) progress.onLine?.(NO_LOCK[runtime]);
      const { compilers, sources } = wanted.snapshot.build;
      const isGranted = compilers || sources.length > 0;
      const slot = await options[isGranted ? 'grantedSlots' : 'slots'](agent, progress.signal);
      try {
        return await inThisSlot(`${slotPrefix}${isGranted ? 'g' : ''}${slot.number}`, wanted, progress);
      } finally {
        slot.release();
      }
    },
  };
}

/** The last of what it printed, as much as tells why it failed. */
const LINES_KEPT = 500;

function listening(progress: BuildProgress): { lines: string[]; heard: BuildProgress } {
  const lines: string[] = [];
  const onLine = (line: string) => {
    lines.push(line);
    if (lines.length > LINES_KEPT) lines.shift();
    progress.onLine?.(line);
  };
  return { lines, heard: { ...progress, onLine } };
}

function withAdvice(error: unknown, lines: readonly string[], { version, snapshot }: Wanted): unknown {
  if (!(error instanceof HairemError) || error.code !== 'build_failed') return error;
  const { agent, runtime } = version;
  const said = lines.length > 0 ? lines : error.log;
  const cause = causeOf(said, { agent, runtime, compilers: snapshot.build.compilers });
  if (cause === null) return error;
  return new HairemError('build_failed', `${cause.advice} (${cause.line.trim()})`, { log: error.log, cause: error });
}

const NO_LOCK: Readonly<Record<Runtime, string>> = {
  node: 'no lock file: the newest matching versions are installed, and may differ next time',
  python: 'no hashes in requirements.txt: what is installed may differ next time',
};

async function hashOfProxy(): Promise<string> {
  const names = (await readdir(INDEX_PROXY_DIR)).filter((name) => name.endsWith('.ts'));
  const hashed = names.map(
    async (name): Promise<HashedFile> => ({
      path: name,
      mode: 0o644,
      sha256: sha256(await readFile(`${INDEX_PROXY_DIR}/${name}`)),
    }),
  );
  return hashFiles(await Promise.all(hashed));
}
