/** How editors, copying and synchronising tools write a file, step by step on a real file system. */
import { copyFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export type Step = () => Promise<unknown>;

export interface Save {
  /** Absolute path of the file, which exists. */
  file: string;
  content: string;
}

/** Names of the temporary files stand for those that the tools make up. */
export const SAVES: Readonly<Record<string, (save: Save) => Step[]>> = {
  'the shell': ({ file, content }) => [() => writeFile(file, ''), () => writeFile(file, content)],
  vim: ({ file, content }) => [
    () => writeFile(beside(file, '.', '.swp'), 'b0VIM 9.1'),
    () => writeFile(join(dirname(file), '4913'), ''),
    () => rm(join(dirname(file), '4913')),
    () => rename(file, `${file}~`),
    () => writeFile(file, ''),
    () => writeFile(file, content),
    () => rm(`${file}~`),
    () => rm(beside(file, '.', '.swp')),
  ],
  'vim with backupcopy=yes': ({ file, content }) => [
    () => writeFile(beside(file, '.', '.swx'), ''),
    () => copyFile(file, `${file}~`),
    () => writeFile(file, ''),
    () => writeFile(file, content),
    () => rm(`${file}~`),
    () => rm(beside(file, '.', '.swx')),
  ],
  'VS Code': ({ file, content }) => [() => writeFile(file, ''), () => writeFile(file, content)],
  Kate: ({ file, content }) => [
    () => writeFile(beside(file, '.', '.kate-swp'), 'Kate Swap File 2.0'),
    () => writeFile(beside(file, '.', '.kate-swp'), 'Kate Swap File 2.0 and more'),
    () => writeFile(`${file}.hTbZqW`, content.slice(0, 5)),
    () => writeFile(`${file}.hTbZqW`, content),
    () => rename(`${file}.hTbZqW`, file),
    () => rm(beside(file, '.', '.kate-swp')),
  ],
  emacs: ({ file, content }) => [
    () => symlink('ann@host.1234:1700000000', beside(file, '.#', '')),
    () => writeFile(beside(file, '#', '#'), content.slice(0, 3)),
    () => rename(file, `${file}~`),
    () => writeFile(file, content),
    () => rm(beside(file, '#', '#')),
    () => rm(beside(file, '.#', '')),
  ],
  PyCharm: ({ file, content }) => [
    () => writeFile(`${file}___jb_tmp___`, content),
    () => rename(file, `${file}___jb_old___`),
    () => rename(`${file}___jb_tmp___`, file),
    () => rm(`${file}___jb_old___`),
  ],
  nano: ({ file, content }) => [
    () => writeFile(beside(file, '.', '.swp'), 'nano'),
    () => writeFile(file, content),
    () => rm(beside(file, '.', '.swp')),
  ],
  gedit: ({ file, content }) => replacing(join(dirname(file), '.goutputstream-A1B2C3'), { file, content }),
  TextEdit: ({ file, content }) => [
    () => mkdir(`${file}.sb-1a2b3c4d-XyZ123`),
    ...replacing(join(`${file}.sb-1a2b3c4d-XyZ123`, basename(file)), { file, content }),
    () => rm(`${file}.sb-1a2b3c4d-XyZ123`, { recursive: true }),
  ],
  'Finder over SMB': ({ file, content }) => [
    () => writeFile(beside(file, '._', ''), ''),
    () => writeFile(file, ''),
    () => writeFile(file, content),
    () => writeFile(beside(file, '._', ''), 'x'.repeat(4096)),
    () => writeFile(join(dirname(file), '.DS_Store'), 'Bud1'),
  ],
  'Explorer over SMB': ({ file, content }) => [
    () => writeFile(file, ''),
    () => writeFile(file, content),
    () => writeFile(`${file}:Zone.Identifier`, '[ZoneTransfer]\r\nZoneId=3\r\n'),
    () => writeFile(join(dirname(file), 'desktop.ini'), '[.ShellClassInfo]\r\n'),
    () => writeFile(join(dirname(file), 'Thumbs.db'), 'x'),
  ],
  rsync: ({ file, content }) => [
    () => writeFile(beside(file, '.', '.qwerty'), content.slice(0, 4)),
    ...replacing(beside(file, '.', '.qwerty'), { file, content }),
  ],
  Syncthing: ({ file, content }) => replacing(beside(file, '.syncthing.', '.tmp'), { file, content }),
  Nextcloud: ({ file, content }) => [
    () => writeFile(join(dirname(file), '.sync_0a1b2c3d.db-wal'), 'x'),
    ...replacing(beside(file, '.', '.~1a2b3c'), { file, content }),
  ],
  'sed -i': ({ file, content }) => replacing(join(dirname(file), 'sedAbC123'), { file, content }),
  npm: ({ file, content }) => replacing(`${file}.2847362937`, { file, content }),
  'git checkout': ({ file, content }) => [() => rm(file), () => writeFile(file, content)],
};

/** Another file is written, and put in the place of this one. */
const replacing = (temporary: string, { file, content }: Save): Step[] => [
  () => writeFile(temporary, content),
  () => rename(temporary, file),
];

const beside = (file: string, before: string, behind: string) =>
  join(dirname(file), `${before}${basename(file)}${behind}`);
