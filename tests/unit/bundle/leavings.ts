/** Folders as systems, disks, editors and synchronising tools leave them: the next one is one entry here. */
import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFiles } from './bundle-folder.ts';

/** Leaves in a bundle what the tool would. @param bundle absolute path of one with logic.ts, lib/ and media/ */
type Leave = (bundle: string) => Promise<unknown>;

/** The first bytes of a file of macOS's for what its disk knows and others do not. */
const APPLE_DOUBLE = Buffer.concat([Buffer.from([0, 5, 0x16, 7, 0, 2, 0, 0]), Buffer.from('Mac OS X        ')]);

const MAC_NAMES = ['manifest.yaml', 'logic.ts', 'lib', 'lib/a.ts', 'media', 'persona.yaml'];

const appleDoubles = Object.fromEntries(
  MAC_NAMES.map((path) => [path.replace(/([^/]+)$/, '._$1'), APPLE_DOUBLE] as const),
);

const swapOf = (bundle: string, name: string) => writeFile(join(bundle, name), 'b0VIM 9.1');

export const LEAVINGS: Readonly<Record<string, Leave>> = {
  'a Mac over SMB': (bundle) =>
    writeFiles(bundle, { ...appleDoubles, '.DS_Store': 'Bud1', 'lib/.DS_Store': 'Bud1', '.smbdeleteAAA12a4': '' }),
  'a zip of a Mac': (bundle) =>
    writeFiles(bundle, {
      '__MACOSX/._logic.ts': APPLE_DOUBLE,
      '__MACOSX/lib/._a.ts': APPLE_DOUBLE,
      '.DS_Store': 'Bud1',
    }),
  "a Mac's own disk": async (bundle) => {
    await writeFiles(bundle, { '.Spotlight-V100/Store/x': '', '.fseventsd/0001': '', '.localized': '', 'Icon\r': '' });
    await mkdir(join(bundle, '.Trashes'), { mode: 0o333 });
  },
  'a Synology': async (bundle) => {
    const stream = { '@eaDir/logic.ts@SynoEAStream': 'x', 'lib/@eaDir/a.ts@SynoResource': 'x' };
    await writeFiles(bundle, { ...stream, 'media/@eaDir/face.png/SYNOPHOTO_THUMB_M.jpg': 'x', '#recycle/old.ts': 'x' });
    await mkdir(join(bundle, '@tmp'), { mode: 0 });
  },
  'a QNAP': (bundle) =>
    writeFiles(bundle, {
      '.@__thumb/s100face.png': 'x',
      'lib/.@__thumb/x': 'x',
      '@Recycle/desktop.ini': 'x',
      '@Recently-Snapshot/GMT+01/logic.ts': 'x',
      '.streams/x': 'x',
    }),
  'another NAS': (bundle) =>
    writeFiles(bundle, {
      '.nfs0000000000a1b2c300000001': 'x',
      '.zfs/snapshot/a/logic.ts': 'x',
      'lost+found/#1234': '',
    }),
  'the Explorer of Windows': (bundle) =>
    writeFiles(bundle, {
      'Thumbs.db': 'x',
      'desktop.ini': '[.ShellClassInfo]\r\n',
      'logic.ts:Zone.Identifier': '[ZoneTransfer]\r\nZoneId=3\r\n',
      'lib/Thumbs.db': 'x',
      'Echo - Shortcut.lnk': 'x',
      '$RECYCLE.BIN/S-1-5-21/desktop.ini': 'x',
      '~$letter.docx': 'x',
    }),
  vim: async (bundle) => {
    await swapOf(bundle, '.logic.ts.swp');
    await swapOf(bundle, '.manifest.yaml.swo');
    await writeFiles(bundle, { 'logic.ts~': 'old', 'lib/.a.ts.un~': 'x', '4913': '', '.netrwhist': 'x' });
  },
  emacs: async (bundle) => {
    await symlink('ann@mac.home.1234:1700000000', join(bundle, '.#logic.ts'));
    await writeFiles(bundle, { '#logic.ts#': 'x', 'lib/a.ts~': 'x', 'logic.ts.~1~': 'x' });
  },
  'VS Code': (bundle) =>
    writeFiles(bundle, {
      '.vscode/settings.json': '{}',
      '.history/logic_20261127.ts': 'x',
      'echo.code-workspace': '{}',
    }),
  Kate: (bundle) =>
    writeFiles(bundle, { '.logic.ts.kate-swp': 'x', 'lib/.a.ts.kate-swp': 'x', 'logic.ts~': 'x', '.directory': 'x' }),
  JetBrains: (bundle) =>
    writeFiles(bundle, {
      '.idea/workspace.xml': 'x',
      'echo.iml': 'x',
      'logic.ts___jb_tmp___': 'x',
      'lib/a.ts___jb_old___': '',
    }),
  'nano, Sublime Text and Notepad++': (bundle) =>
    writeFiles(bundle, {
      '.logic.ts.swp': 'x',
      'echo.sublime-project': '{}',
      'nppBackup/logic.ts.bak': 'x',
      'logic.ts.bak': 'x',
    }),
  LibreOffice: (bundle) => writeFiles(bundle, { '.~lock.table.ods#': ',ann,mac;', 'lu12ab34.tmp': 'x' }),
  Syncthing: (bundle) =>
    writeFiles(bundle, {
      '.stfolder/.keep': '',
      '.stversions/logic~20261127-010203.ts': 'x',
      '.stignore': '*.log',
      '.syncthing.logic.ts.tmp': 'x',
      'logic.sync-conflict-20261127-010203-ABCDEFG.ts': 'x',
      'lib/a.sync-conflict-20261127-010203-ABCDEFG.ts': 'x',
    }),
  'Dropbox, Nextcloud, Resilio and others': (bundle) =>
    writeFiles(bundle, {
      '.dropbox': 'x',
      '.dropbox.cache/2026-11-27/x': 'x',
      "logic (Ann's conflicted copy 2026-11-27).ts": 'x',
      '.sync_0a1b2c3d.db': 'x',
      '.sync_0a1b2c3d.db-shm': 'x',
      '.owncloudsync.log': 'x',
      '.logic.ts.~4f3a2b': 'x',
      '.sync/ID': 'x',
      'logic.ts.!sync': 'x',
      '.tmp.driveupload/1': 'x',
      '.a.ts.icloud': 'x',
    }),
  rsync: (bundle) => writeFiles(bundle, { '.logic.ts.qwerty': 'x', 'lib/.a.ts.A1b2C3': 'x', '.~tmp~/logic.ts': 'x' }),
  'virtual environments': async (bundle) => {
    for (const name of ['.venv', 'venv', 'env', 'lib/py']) {
      await writeFiles(bundle, { [`${name}/pyvenv.cfg`]: 'home = /usr/bin\n', [`${name}/bin/activate`]: '' });
      await symlink('/usr/bin/python3', join(bundle, name, 'bin/python'));
    }
  },
  'tests in Python and Node': (bundle) =>
    writeFiles(bundle, {
      '__pycache__/logic.cpython-313.pyc': 'x',
      'lib/__pycache__/a.cpython-313.pyc': 'x',
      '.pytest_cache/CACHEDIR.TAG': 'x',
      '.mypy_cache/x': 'x',
      '.ruff_cache/x': 'x',
      '.coverage': 'x',
      'coverage/lcov.info': 'x',
      'node_modules/.bin/x': 'x',
      'tsconfig.tsbuildinfo': '{}',
      '.eslintcache': 'x',
    }),
  'a repository of its own': async (bundle) => {
    execFileSync('git', ['init', '-q', bundle]);
    await writeFiles(bundle, {
      '.gitignore': 'x',
      '.gitattributes': '* text=auto',
      'logic.ts.orig': 'x',
      'logic.ts.rej': 'x',
    });
  },
  'a submodule': (bundle) => writeFiles(bundle, { '.git': 'gitdir: ../../.git/modules/echo\n', '.gitmodules': 'x' }),
};
