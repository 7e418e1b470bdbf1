/** Source distributions of Python packages, as pip takes them. */
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

/** @param files by their path in the package `<name>-1.0` */
export async function sdistOf(name: string, files: Record<string, string>): Promise<Buffer> {
  const archive = pack();
  for (const [path, text] of Object.entries(files)) archive.entry({ name: `${name}-1.0/${path}` }, text);
  archive.finalize();
  return buffer(archive.pipe(createGzip()));
}
