/**
 * The context of a build, read entry by entry and written anew: what the engine unpacks is what was checked, whatever
 * another reader of the same bytes would have made of them.
 */

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Extract, extract, type Header, type Pack, pack as packTar } from 'tar-stream';
import { asError } from '../domain/errors/error-text.ts';
import { HairemError } from '../domain/errors/errors.ts';

const MAX_DOCKERFILE_BYTES = 16 * 1024;
/** Above what a bundle may hold (SECURITY.md). */
const MAX_ENTRIES = 12_000;
const MAX_BYTES = 128 * 1024 * 1024;
const FOLDER = /^(?:code|deps|settings)(?:\/|$)/;

type Entry = Extract extends AsyncIterable<infer One> ? One : never;

export interface BuildContext {
  /** Text of its `Dockerfile`, the first entry. */
  dockerfile: string;
  /** To be read once: the whole context, a well-formed tar only where all of it passed. */
  rest(): Readable;
  /** In its place: what is left is read and dropped, else whoever sends it would wait for ever. */
  drop(): void;
}

/** Errors: unauthorized for what is no context of ours. */
export async function readContext(source: Readable): Promise<BuildContext> {
  const unpacked = extract();
  // Its errors come out where its entries are read.
  pipeline(source, unpacked).catch(() => {});
  const entries = unpacked[Symbol.asyncIterator]();
  const first = await nextOf(entries);
  if (!first) throw refused('the context is empty');
  const { name, type, size = 0 } = first.header;
  if (name !== 'Dockerfile' || type !== 'file') throw refused('the first file of the context is not Dockerfile');
  if (size > MAX_DOCKERFILE_BYTES) throw refused('the Dockerfile is too long');
  const dockerfile = (await buffer(first)).toString('utf8');
  const drop = () => {
    source.unpipe(unpacked);
    source.resume();
  };
  return { dockerfile, rest: () => writtenAnew(dockerfile, entries), drop };
}

function writtenAnew(dockerfile: string, entries: AsyncIterator<Entry>): Readable {
  const pack = packTar();
  pack.entry({ name: 'Dockerfile', mode: 0o644, mtime: new Date(0) }, dockerfile);
  copyAll(entries, pack).then(
    () => pack.finalize(),
    // Not ended, so the engine finds a context that is cut off, and builds nothing.
    (error: unknown) => pack.destroy(asError(error)),
  );
  return Readable.from(pack, { objectMode: false });
}

async function copyAll(entries: AsyncIterator<Entry>, pack: Pack): Promise<void> {
  let [count, bytes] = [0, 0];
  for (let entry = await nextOf(entries); entry; entry = await nextOf(entries)) {
    const { name, type, mode = 0, size = 0 } = entry.header;
    count += 1;
    bytes += size;
    if (count > MAX_ENTRIES || bytes > MAX_BYTES) throw refused('the context is too large');
    await copy(entry, { name: checkedName(name, type), type, size, mode: mode & 0o777, mtime: new Date(0) }, pack);
  }
}

async function copy(
  entry: Entry,
  header: Pick<Header, 'name' | 'type' | 'size' | 'mode' | 'mtime'>,
  pack: Pack,
): Promise<void> {
  if (header.type === 'directory') {
    entry.resume();
    pack.entry({ ...header, size: 0 });
    return;
  }
  await pipeline(entry, pack.entry(header));
}

function checkedName(name: string, type: Header['type']): string {
  if (type !== 'file' && type !== 'directory') throw refused(`the context holds a ${type}`);
  const isPlain = FOLDER.test(name) && !name.split('/').some((part) => part === '..' || part === '.');
  if (!isPlain || /[\\\p{Cc}]/u.test(name))
    throw refused('the context holds what is neither code/, deps/ nor settings/');
  return name;
}

async function nextOf(entries: AsyncIterator<Entry>): Promise<Entry | null> {
  try {
    const { value, done } = await entries.next();
    return done ? null : value;
  } catch (cause) {
    throw new HairemError('unauthorized', 'the context is no tar', { cause });
  }
}

const refused = (why: string) => new HairemError('unauthorized', why);
