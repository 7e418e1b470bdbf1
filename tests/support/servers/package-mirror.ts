/**
 * A package index of one's own, behind a certificate of one's own works: it has what this host's own pip and npm fetched
 * from wherever they are set up to.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const tls = (name: string) => readFile(fileURLToPath(new URL(`tls/${name}`, import.meta.url)));

export interface PackageMirror {
  /** `https://<host>:<port>/pip/` and `/npm/`, under a name that its certificate has. */
  pip: string;
  npm: string;
  /** Paths, in order. */
  asked: string[];
  close(): Promise<void>;
}

export interface Wanted {
  /** `name==version`, with a wheel. */
  wheel: string;
  /** `name@version`, without dependencies of its own. */
  npm: string;
}

/** @param host under which it is reached; one of tests/fakes/tls */
export async function startPackageMirror(host: string, { wheel, npm }: Wanted): Promise<PackageMirror> {
  const folder = await mkdtemp(join(tmpdir(), 'hairem-mirror-'));
  await run('python3', [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    '--only-binary',
    ':all:',
    '-d',
    folder,
    wheel,
  ]);
  await run('npm', ['pack', '--silent', '--pack-destination', folder, npm]);
  const files = await readdir(folder);
  const file = (ending: string) => files.find((name) => name.endsWith(ending)) ?? '';
  const asked: string[] = [];
  const [cert, key] = await Promise.all([tls('server.pem'), tls('server.key')]);
  const server = createServer({ cert, key }, async (request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (files.includes(name)) return void response.end(await readFile(join(folder, name)));
    const isPip = path.startsWith('/pip/');
    response.setHeader('content-type', isPip ? 'text/html' : 'application/json');
    response.end(isPip ? pageOf(file('.whl')) : await packageOf(npm, `${base}/npm/`, join(folder, file('.tgz'))));
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const base = `https://${host}:${(server.address() as AddressInfo).port}`;
  return {
    pip: `${base}/pip/`,
    npm: `${base}/npm/`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

const pageOf = (wheel: string) => `<!DOCTYPE html><html><body><a href="/pip/${wheel}">${wheel}</a></body></html>`;

async function packageOf(spec: string, url: string, tarball: string): Promise<string> {
  const [name = '', version = ''] = spec.split('@');
  const integrity = `sha512-${createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')}`;
  const dist = { tarball: `${url}${tarball.slice(tarball.lastIndexOf('/') + 1)}`, integrity };
  return JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { name, version, dist } } });
}
