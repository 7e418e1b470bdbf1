/**
 * `hairem build`: a composition root of its own that makes each bundle's image exactly as the orchestrator would, with
 * the same tags and labels, and needs nothing but the engine.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printable } from '../../api/printable.ts';
import { loadBundle } from '../../bundle/validate-bundle.ts';
import { asHairemError, HairemError } from '../../domain/errors/errors.ts';
import { proxiesIn } from '../../domain/network/proxies.ts';
import { reservedNames } from '../../domain/reserved-names.ts';
import { createDockerHost } from '../../engine/docker-host.ts';
import { createGrantFile } from '../../grants/grant-file.ts';
import { baseHashesOf, readBaseImages } from '../../images/base-image.ts';
import { createImageBuilder } from '../../images/image-builder.ts';
import { type Config, SETTINGS } from '../../process/config.ts';
import { trustCa } from '../../process/trust-ca.ts';
import { bundleFolders } from '../bundles/bundle-folders.ts';
import { problemLine } from '../bundles/problem-lines.ts';
import { type Call, type Command, EXIT } from '../command.ts';
import { oneLine } from '../format.ts';

/** Images of no installation: where there is none, as in CI. */
const NO_INSTALLATION = 'none';

interface Built {
  path: string;
  id: string;
  image: string | null;
  error: string | null;
}

export const build: Command = async (call) => {
  const { words, json, config, terminal } = call;
  const folders = await bundleFolders(words, config.agentsDir);
  const workDir = await mkdtemp(join(tmpdir(), 'hairem-build-'));
  try {
    const buildOne = await builderOf(call, workDir);
    const results: Built[] = [];
    for (const path of folders) results.push(await buildOne(path));
    if (json) terminal.out(JSON.stringify(results, null, 2));
    return results.every(({ image }) => image !== null) ? EXIT.ok : EXIT.failed;
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
};

async function builderOf({ config, clock, terminal, json }: Call, workDir: string) {
  const { engineSocket, composeProject, subnet, baseImageDir, caFile } = config;
  const installId = await installIdOf(config);
  const redis = { project: composeProject, service: 'redis' };
  const host = createDockerHost({ socketPath: engineSocket, installId, redis, subnet, clock });
  const bases = await readBaseImages(baseImageDir);
  const ca = await trustCa(caFile, { info() {}, warn: (text) => terminal.err(printable(text)) });
  const { ensureImage } = createImageBuilder({
    host,
    installId,
    bases,
    mirrors: config.mirrors,
    ca: ca.files,
    proxies: proxiesIn(process.env),
    slots: 'cli',
  });
  const list = createGrantFile({ path: config.grantsFile, isReserved: reservedNames(SETTINGS) });
  await list.look();
  const problem = list.problem();
  if (problem !== null) terminal.err(printable(problem));
  const say = json ? terminal.err : terminal.out;

  async function imageOf(path: string): Promise<Omit<Built, 'path'>> {
    const bundle = await loadBundle({ path, workDir, baseHashes: baseHashesOf(bases, ca.hash), grants: list.grants });
    if (bundle.kind !== 'valid') {
      for (const problem of bundle.kind === 'invalid' ? bundle.problems : []) say(problemLine(path, problem));
      throw new HairemError('bundle_invalid', 'the bundle is invalid');
    }
    const { images } = await host.observe();
    const { version, snapshot, id } = bundle;
    const signal = new AbortController().signal;
    const onLine = (line: string) => say(`${id} | ${oneLine(line)}`);
    const image = await ensureImage({ version, snapshot, images, signal, onLine });
    say(`${id}: ${image}`);
    return { id, image, error: null };
  }

  return async (path: string): Promise<Built> => {
    try {
      return { path, ...(await imageOf(path)) };
    } catch (thrown) {
      const { code, message, log } = asHairemError(thrown);
      if (code === 'engine_unavailable' || code === 'internal') throw thrown;
      for (const line of log) terminal.err(`  ${oneLine(line)}`);
      terminal.err(`${path}: ${oneLine(message)}`);
      return { path, id: path, image: null, error: message };
    }
  };
}

async function installIdOf({ dataDir }: Config): Promise<string> {
  const text = await readFile(join(dataDir, 'install-id'), 'utf8').catch(() => NO_INSTALLATION);
  return text.trim();
}
