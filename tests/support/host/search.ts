/** Looks for texts where no text should be: whole folders of the host, and images with all their layers. */
import { readdir, readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';

const SOCKET = process.env.HAIREM_DOCKER_SOCKET ?? '/var/run/docker.sock';

/** @returns the files below `dir` that hold one of them; folders named in `except` are left out */
export async function filesWith(
  dir: string,
  texts: readonly string[],
  except: readonly string[] = [],
): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || except.some((name) => path.startsWith(join(dir, name)))) continue;
    const bytes = await readFile(path);
    if (texts.some((text) => bytes.includes(text))) found.push(path);
  }
  return found;
}

/** Saves images as one archive and reads it through. @returns those of the texts that are in it */
export async function textsInImages(
  tags: readonly string[],
  texts: readonly string[],
): Promise<{ found: string[]; bytes: number }> {
  const query = tags.map((tag) => `names=${encodeURIComponent(tag)}`).join('&');
  const overlap = Math.max(...texts.map((text) => Buffer.byteLength(text)));
  const found = new Set<string>();
  let rest = Buffer.alloc(0);
  let bytes = 0;
  for await (const chunk of await open(`/images/get?${query}`)) {
    const part = Buffer.concat([rest, chunk as Buffer]);
    for (const text of texts) if (part.includes(text)) found.add(text);
    bytes += (chunk as Buffer).length;
    rest = part.subarray(Math.max(0, part.length - overlap));
  }
  return { found: [...found], bytes };
}

function open(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: SOCKET, method: 'GET', path }, (response) => {
      if (response.statusCode === 200) resolve(response);
      else reject(new Error(`GET ${path}: ${response.statusCode}`));
    });
    call.on('error', reject);
    call.end();
  });
}
