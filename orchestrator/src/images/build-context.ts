/** A build context as a tar stream with headers that say nothing of this host: the same files give the same layer. */
import { Readable } from 'node:stream';
import tarFs from 'tar-fs';

export interface ContextFolder {
  /** Absolute path; regular files and folders only. */
  folder: string;
  /** Where its content is in the context; null for the root. */
  as: string | null;
  /** Absolute paths that are left out. */
  ignore?: (path: string) => boolean;
  dockerfile: string;
  /** Beside the folder. */
  files?: readonly { name: string; text: string }[];
}

export function packContext({ folder, as, ignore = () => false, dockerfile, files = [] }: ContextFolder): Readable {
  const pack = tarFs.pack(folder, {
    ignore,
    map: (header) => ({
      ...header,
      name: as === null ? header.name : placed(as, header.name),
      mode: header.type === 'directory' || (header.mode ?? 0) & 0o111 ? 0o755 : 0o644,
      uid: 0,
      gid: 0,
      mtime: new Date(0),
    }),
  });
  // Before the first file, whose state is only being asked for: the gate reads it before it lets anything through.
  for (const { name, text } of [{ name: 'Dockerfile', text: dockerfile }, ...files])
    pack.entry({ name, mtime: new Date(0) }, text);
  return Readable.from(pack, { objectMode: false });
}

const placed = (as: string, name: string) => (name === '.' ? as : `${as}/${name}`);
