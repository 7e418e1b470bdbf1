/**
 * The one list of what tools, systems and disks leave among a bundle's files: applied at the root of the agents folder,
 * inside bundles and by the watcher. What is on it is in no image, so it changes no hash and makes no update; `validate`
 * says what was left out and by whom, and `!name` in `.hairemignore` brings it back unless it is `fixed`.
 */

export interface ToolFiles {
  /** Who leaves them, for people. */
  by: string;
  /** Not even `.hairemignore` brings them back. */
  fixed?: true;
  /** A bundle's author may have meant one of them: `doctor` says so. */
  perhapsMeant?: true;
  /** What to do instead, where the agent may miss such a file; a warning of the bundle. */
  tells?: string;
  /** Where the tool, or the file system it is at home on, takes `THUMBS.DB` and `Thumbs.db` for one. */
  anyCase?: true;
  /** Of files or folders; `*` stands for any characters. */
  names?: readonly string[];
  /** Names that a `*` says too little of. */
  shapes?: readonly RegExp[];
  /** The same, where only a file beside it tells: the first group is that file's name. */
  beside?: readonly RegExp[];
}

const names = (text: string): readonly string[] => text.trim().split(/\s*\|\s*/);

export const TOOL_FILES: readonly ToolFiles[] = [
  {
    by: 'may hold secrets',
    perhapsMeant: true,
    tells:
      'is not part of the agent, since it may hold secrets: give each as deploy/secrets/<agent>/NAME and name it under ' +
      '`secrets` in manifest.yaml; what is none belongs into `config`',
    names: names('.envrc'),
    shapes: [/^\.env(?:\.(?!(?:example|sample|template|dist|defaults|schema)$).+)?$/],
  },
  { by: 'npm', fixed: true, names: names('node_modules') },
  { by: 'Python', fixed: true, names: names('__pycache__') },
  { by: 'a virtual environment', fixed: true, names: names('.venv | .direnv') },
  {
    by: 'version control',
    fixed: true,
    names: names('.git | .svn | .hg | .bzr | .jj | _darcs | CVS | .fslckout | _FOSSIL_'),
  },
  {
    by: 'macOS',
    anyCase: true,
    names: names(`
      ._* | .DS_Store | .DS_Store? | .AppleDouble | .AppleDB | .AppleDesktop | .apdisk | .DocumentRevisions-V100* |
      .fseventsd | .LSOverride | .localized | .metadata_never_index* | .com.apple.* | .PKInstallSandboxManager* |
      .Spotlight-V100 | .TemporaryItems | .Trash | .Trashes | .VolumeIcon.icns | __MACOSX | Network Trash Folder |
      Temporary Items | TheVolumeSettingsFolder | TheFindByContentFolder | (A Document Being Saved *
    `),
    // The mark of a folder with an icon of its own, whose control character Samba writes as one for private use; and
    // what takes the place of a file for a safe save.
    shapes: [/^Icon[\r\uf00d]$/, /^.+\.sb-[0-9a-f]{8}-[A-Za-z0-9]{6}$/],
  },
  {
    by: 'Windows',
    anyCase: true,
    names: names(`
      Thumbs.db | Thumbs.db:encryptable | ehthumbs.db | ehthumbs_vista.db | desktop.ini | $RECYCLE.BIN |
      System Volume Information | WPSettings.dat | IndexerVolumeGuid | IconCache.db | found.000 | *.lnk |
      *:Zone.Identifier | *\uf03aZone.Identifier | *:SmartScreen | *:$DATA | *:AFP_* | *:com.apple.*
    `),
  },
  {
    by: 'Synology',
    fixed: true,
    anyCase: true,
    names: names(`
      @eaDir | #recycle | #snapshot | @tmp | @sharesnap | @SynoResource | @syno* | *@SynoEAStream | *@SynoResource |
      *@SynoStream | .SynologyWorkingDirectory
    `),
  },
  {
    by: 'QNAP',
    fixed: true,
    anyCase: true,
    names: names(`
      @Recycle | @Recently-Snapshot | .@__thumb | .@__qini | .@__comments | .@upload_cache | .@qsys
    `),
  },
  {
    by: 'the NAS or its file system',
    anyCase: true,
    names: names(`
      lost+found | .snapshot | .snapshots | .snap | ~snapshot | .zfs | .recycle | .Recycle.Bin | .@metadata | .wdmc |
      .streams | aquota.user | aquota.group | .nfs* | .smbdelete* | .smbtest* | .fuse_hidden*
    `),
  },
  {
    by: 'the desktop',
    names: names('.directory | .Trash-* | .thumbnails | .goutputstream-* | .xdp-* | .hidden'),
  },
  { by: 'an office program', names: names('.~lock.*# | ~$* | ~WRL*.tmp') },
  { by: 'vim', names: names('4913 | *.swp | .netrwhist | Session.vim'), shapes: [/^\..*\.sw[a-z]$/] },
  { by: 'emacs', names: names('#*# | .#* | .dir-locals.el | .dir-locals-2.el | auto-save-list') },
  { by: 'Kate', names: names('*.kate-swp | *.kate-journal | .kateproject* | .kateconfig') },
  { by: 'nano', names: names('DEADJOE'), beside: [/^(.+)\.save(?:\.\d+)?$/] },
  { by: 'JetBrains', names: names('*___jb_tmp___ | *___jb_old___ | *___jb_bak___') },
  { by: 'JetBrains', perhapsMeant: true, names: names('.idea | .fleet | *.iml') },
  { by: 'an editor', names: names('*.vsctmp | .subl*.tmp | *.un~') },
  {
    by: 'an editor',
    perhapsMeant: true,
    names: names(`
      .vscode | .vs | .zed | .cursor | .nova | .windsurf | .aider* | .history | .settings | .project | .classpath | .pydevproject | .spyproject |
      .ropeproject | .editorconfig | *.code-workspace | *.sublime-project | *.sublime-workspace | nppBackup | xcuserdata
    `),
  },
  {
    by: 'a backup',
    perhapsMeant: true,
    names: names('*~ | *.bak | *.orig | *.rej'),
    beside: [/^(.+)\.(?:old|backup)$/],
  },
  {
    by: 'Syncthing',
    names: names(`
      .stfolder | .stfolder * | .stversions | .stignore | .syncthing.* | ~syncthing~* | *.sync-conflict-*
    `),
  },
  {
    by: 'Dropbox',
    anyCase: true,
    names: names(`
      .dropbox | .dropbox.* | .dropboxignore | * (*conflicted copy*)* | * (*copie en conflit*)* |
      * (*in konflikt stehende kopie*)* | * (*copia en conflicto*)* | * (*copia in conflitto*)* |
      * (*case conflict*)* | * (*selective sync conflict*)*
    `),
  },
  {
    by: 'Nextcloud or ownCloud',
    anyCase: true,
    names: names(`
      .sync_*.db* | ._sync_*.db* | .csync_journal.db* | .owncloudsync.log* | .nextcloudsync.log* | .sync-exclude.lst |
      *.nextcloud | *.owncloud
    `),
    shapes: [/^\..+\.~[0-9a-f]+$/i, /^.+_conflict-\d{8}-\d{6}(?:\..+)?$/],
  },
  { by: 'rsync', names: names('.~tmp~ | .rsync-partial | .rsync-tmp | .rsync-filter') },
  {
    by: 'Resilio Sync',
    anyCase: true,
    names: names(`
      .sync | .SyncArchive | .SyncID | .SyncIgnore | *.!sync | *.bts | *.SyncPart | *.SyncTemp | *.SyncOld
    `),
  },
  {
    by: 'a cloud drive',
    anyCase: true,
    names: names(`
      .tmp.driveupload | .tmp.drivedownload | .*.icloud | .849C9593-D756-4E56-8D6E-42412F2A707B | .getxfer.* |
      .megaignore | .syncdebris | * (SFConflict *)* | .seafile-data | seafile-ignore.txt | _gsdata_ | *.ffs_db |
      *.ffs_lock | *.ffs_tmp | .unison.*
    `),
  },
  {
    by: 'a temporary file',
    perhapsMeant: true,
    names: names('*.tmp | *.part | *.partial | *.filepart | *.crdownload'),
  },
  {
    by: 'Python',
    names: names(`
      *$py.class | .pytest_cache | .mypy_cache | .dmypy.json | .ruff_cache | .pyre | .pytype | .hypothesis |
      .ipynb_checkpoints | .tox | .nox | .eggs | *.egg-info | .coverage | .coverage.* | htmlcov | __pypackages__ |
      .pdm-build | .pdm-python | .python_history | pip-log.txt
    `),
  },
  { by: 'Python', perhapsMeant: true, names: names('*.pyc | *.pyo') },
  {
    by: 'Node',
    names: names(`
      .npm | .pnpm-store | .eslintcache | .stylelintcache | .prettiercache | *.tsbuildinfo | .nyc_output |
      .parcel-cache | .turbo | .node_repl_history | npm-debug.log* | yarn-debug.log* | yarn-error.log* | pnpm-debug.log*
    `),
  },
  {
    by: 'git',
    perhapsMeant: true,
    names: names(`
      .gitignore | .gitattributes | .gitmodules | .gitkeep | .git-blame-ignore-revs | .mailmap | .github |
      .gitlab-ci.yml | .pre-commit-config.yaml | .hgignore | .hgtags | .hgsub | .hgsubstate | .svnignore | .bzrignore
    `),
  },
  {
    by: 'a merge',
    names: names('.merge_file_*'),
    shapes: [/^.+_(?:BACKUP|BASE|LOCAL|REMOTE)_\d+(?:\..+)?$/],
  },
  {
    // Tools that write beside a file and put the new one in its place: mkstemp (rsync, sed), QSaveFile, npm.
    by: 'a save that is under way',
    shapes: [/^\..+\.(?=[^.]*[A-Z])(?=[^.]*[a-z0-9])[A-Za-z0-9]{6}$/, /^sed(?=.*[A-Z])[A-Za-z0-9]{6}$/],
    beside: [
      /^\.(.*\.[^.]+)\.[A-Za-z0-9]{6}$/,
      /^(.+)\.(?=[A-Z]*[a-z])(?=[a-z]*[A-Z])[A-Za-z]{6}$/,
      /^(.+)\.\d{7,12}$/,
    ],
  },
];

/** Folders of any name that are left out for what is in them. */
export const MARKED_FOLDERS: readonly { by: string; holds: readonly string[] }[] = [
  { by: 'a virtual environment', holds: ['pyvenv.cfg', 'conda-meta'] },
  { by: 'a cache', holds: ['CACHEDIR.TAG'] },
  { by: 'a coverage report', holds: ['lcov.info', 'lcov-report', 'coverage-final.json', 'clover.xml'] },
];
