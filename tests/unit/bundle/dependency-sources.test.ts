/** Where dependencies may come from: lines of requirements.txt, package.json and its lock file, one at a time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDependencies } from '../../../orchestrator/src/bundle/dependencies/dependency-files.ts';
import { DEFAULT_GRANT } from '../../../orchestrator/src/domain/grants.ts';

const NONE = DEFAULT_GRANT.build;
const GRANTED = { compilers: true, sources: ['https://nas.local/simple/', 'https://git.local/lib'] };
const HASH = `--hash=sha256:${'a'.repeat(64)}`;

function problemsOf(files: Record<string, string>, runtime: 'python' | 'node', build: typeof NONE) {
  const contents = new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]));
  return readDependencies({ runtime, contents, grant: { agent: 'echo', build } });
}
const pip = (text: string, build = NONE) => problemsOf({ 'requirements.txt': text }, 'python', build);
const npm = (json: object, build = NONE) => problemsOf({ 'package.json': JSON.stringify(json) }, 'node', build);
const lock = (packages: object, build = NONE) =>
  problemsOf(
    {
      'package.json': '{"dependencies": {"a": "1"}}',
      'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages }),
    },
    'node',
    build,
  );
const messages = ({ problems }: ReturnType<typeof pip>) => problems.map(({ message }) => message).join('\n');

for (const line of [
  'idna',
  'idna==3.7',
  'idna>=3,<4 ; python_version > "3.8"',
  'requests[socks] ~= 2.31',
  `idna==3.7 ${HASH}`,
  `idna==3.7 \\\n    ${HASH}`,
  '# a comment: git+https://evil/x',
  'idna # https://evil/x',
  '--pre\nidna',
  '--require-hashes',
]) {
  test(`requirements.txt may say ${JSON.stringify(line)}`, () => assert.equal(messages(pip(line)), ''));
}

/** Refused whatever is granted. */
for (const line of [
  '-r more.txt',
  '-rmore.txt',
  '--requirement=more.txt',
  '--req more.txt',
  '-c limits.txt',
  '--constraint limits.txt',
  '-e .',
  '--editable=git+https://git.local/lib',
  './wheels/a.whl',
  'wheels/a.whl',
  '/etc/passwd',
  '~/a.whl',
  '.',
  'file:///etc/passwd',
  'evil @ file:///etc/passwd',
  'evil@file:///etc/passwd',
  'git+ssh://git@github.com/evil/evil',
  'git+file:///opt/hairem',
  'hg+https://evil/x',
  'evil @ ftp://evil/x.tar.gz',
  `\${EVIL}`,
  `idna==\${HOME}`,
  `--index-url \${INDEX}`,
  'https://user:password@nas.local/simple/a.tar.gz',
  'https://nas.local/simple/../../evil/a.tar.gz',
  'https://nas.local/simple/%2e%2e/%2e%2e/a.tar.gz',
  'https://nas.local/simple/..%2f..%2fa.tar.gz',
  'https://nas.local/simpler/a.tar.gz',
  'https://nas.local:8443/simple/a.tar.gz',
  'http://nas.local/simple/a.tar.gz',
  'https://nas.local\\@evil/simple/a.tar.gz',
  '--proxy http://evil',
  '--use-feature=fast-deps',
  'hairem==1.0',
  'HAIREM',
  'idna ; x @ https://evil/x',
  'idna\u2028-r more.txt',
  'idna\x0b-r more.txt',
  '\\\n-r more.txt',
  'idna \\\n--index-url https://evil/',
  `idna==3.7 # ${HASH}\n-r more.txt`,
  '# -*- coding: utf-16 -*-\nidna',
  '--hash=sha256:00',
  'idna --hash=md5:00',
]) {
  test(`requirements.txt may not say ${JSON.stringify(line)}`, () => {
    assert.notEqual(messages(pip(line)), '');
    assert.notEqual(messages(pip(line, GRANTED)), '');
  });
}

/** Refused with the line that would grant it, and taken with a grant. */
for (const line of [
  '-i https://nas.local/simple/',
  '--index-url https://nas.local/simple/',
  '--index-url=https://nas.local/simple/',
  '--extra-index-url https://nas.local/simple/',
  '-f https://nas.local/simple/',
  '--find-links https://nas.local/simple/',
  '--trusted-host nas.local',
  'evil @ https://nas.local/simple/evil.tar.gz',
  'https://nas.local/simple/evil.tar.gz',
  'evil @ git+https://git.local/lib',
  '--no-binary :all:',
  '--only-binary=:none:',
  'idna --config-settings=a=b',
]) {
  test(`requirements.txt may say ${JSON.stringify(line)} with a grant alone`, () => {
    assert.match(messages(pip(line)), /deploy\/grants\.yaml|was granted/);
    assert.equal(messages(pip(line, GRANTED)), '');
  });
}

/** [text, whether pip is told that every package has its hashes], as pip itself reads it. */
const HASHED: [string, boolean][] = [
  [`idna==3.7 ${HASH}`, true],
  [`idna==3.7 \\\n    ${HASH}`, true],
  [`idna==3.7 \\\r\n    ${HASH}\r\n`, true],
  [`idna==3.7 \\\n    ${HASH} \\\n    ${HASH}`, true],
  [`\uFEFFidna==3.7 ${HASH}`, true],
  [`requests[socks]==2.31 ; python_version > "3.8" ${HASH}`, true],
  ['--require-hashes\nidna==3.7', true],
  [`idna==3.7 --hash sha256:${'a'.repeat(64)}`, true],
  [`idna==3.7 # ${HASH}`, false],
  [`idna==3.7\t# ${HASH}`, false],
  [`# ${HASH}\nidna==3.7`, false],
  [`  # idna==3.6 ${HASH}\nidna==3.7`, false],
  [`\uFEFF# ${HASH}\nidna==3.7`, false],
  [`# made by pip-compile --generate-hashes ${HASH} \\\nidna==3.7`, false],
  [`idna==3.7 # ${HASH} \\\n`, false],
  [`# ${HASH}\r\nidna==3.7\r\n`, false],
  ['# --require-hashes\nidna==3.7', false],
  ['idna==3.7', false],
];
for (const [text, isHashed] of HASHED)
  test(`${JSON.stringify(text.replaceAll('a'.repeat(64), '…'))} is ${isHashed ? '' : 'not '}in hash mode`, () => {
    assert.deepEqual({ said: messages(pip(text)), isHashed: pip(text).hasLock }, { said: '', isHashed });
  });

test('what is refused has its line, also behind lines that go on and a BOM', () => {
  const lines = (text: string) => pip(text).problems.map(({ line }) => line);
  assert.deepEqual(lines('\uFEFFidna \\\n ==3.7\r\n# more\n-r more.txt\n--no-binary :all:\nidna --no-deps'), [4, 5, 6]);
});

test('bytes that are no text are refused', () => {
  const contents = new Map([['requirements.txt', Buffer.from([0xff, 0xfe, 0x61])]]);
  assert.match(
    messages(readDependencies({ runtime: 'python', contents, grant: { agent: 'echo', build: NONE } })),
    /UTF-8/,
  );
});

for (const spec of [
  '1.0.0',
  '^1',
  '~1.2',
  '>=1 <2 || 3',
  '*',
  'latest',
  '',
  '1.x',
  'npm:other@1',
  'npm:@scope/other@^2',
])
  test(`package.json may say ${JSON.stringify(spec)}`, () =>
    assert.equal(messages(npm({ dependencies: { a: spec } })), ''));

const FOREIGN_SPECS = [
  'git+ssh://git@github.com/evil/evil.git',
  'git://evil/evil',
  'github:evil/evil',
  'evil/evil',
  'gist:11081aaa281',
  'git@github.com:evil/evil.git',
  'https://evil/evil.tgz',
  'http://evil/evil.tgz',
  'file:../other',
  'file:evil.tgz',
  './evil',
  '../evil',
  '/etc',
  '~/evil',
  'evil.tgz',
  'link:../x',
  'workspace:*',
  'npm:evil@https://evil/evil.tgz',
  'npm:../evil@1',
];
for (const spec of FOREIGN_SPECS) {
  test(`no part of package.json may say ${JSON.stringify(spec)}`, () => {
    for (const section of ['dependencies', 'optionalDependencies', 'peerDependencies'])
      assert.notEqual(messages(npm({ [section]: { a: spec } })), '', section);
    for (const overrides of [{ a: spec }, { a: { b: spec } }, { a: { '.': spec } }])
      assert.notEqual(messages(npm({ dependencies: { a: '1' }, overrides })), '', JSON.stringify(overrides));
    assert.notEqual(messages(lock({ '': { dependencies: { a: spec } } })), '', 'the lock file');
  });
}

test('package.json may name a granted address', () => {
  const json = { dependencies: { a: 'https://nas.local/simple/a.tgz' } };
  assert.match(messages(npm(json)), /deploy\/grants\.yaml/);
  assert.equal(messages(npm(json, GRANTED)), '');
});

const RESOLVED = { version: '1.0.0', integrity: 'sha512-x' };
const LOCKS: [string, object, boolean][] = [
  ['from the index', { ...RESOLVED, resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz' }, true],
  ['without an address', RESOLVED, true],
  ['without integrity', { resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz' }, false],
  ['from elsewhere', { ...RESOLVED, resolved: 'https://evil/a.tgz' }, false],
  ['from a host that begins alike', { ...RESOLVED, resolved: 'https://registry.npmjs.org.evil/a.tgz' }, false],
  ['from a user of that name', { ...RESOLVED, resolved: 'https://registry.npmjs.org@evil/a.tgz' }, false],
  ['from git', { ...RESOLVED, resolved: 'git+ssh://git@github.com/evil/evil.git#0' }, false],
  ['from a file', { ...RESOLVED, resolved: 'file:evil.tgz' }, false],
  ['as a link', { link: true, resolved: '../evil' }, false],
];
for (const [what, entry, isAllowed] of LOCKS) {
  test(`package-lock.json: ${what}`, () => {
    assert.equal(messages(lock({ '': {}, 'node_modules/a': entry })) === '', isAllowed);
  });
}

const SCRIPT = { ...RESOLVED, hasInstallScript: true };

/** What is locked, and who is warned of. */
const SCRIPTS: Readonly<Record<string, [packages: object, warned: RegExp | null]>> = {
  'one that compiles': [{ 'node_modules/bcrypt': SCRIPT }, /^warning bcrypt runs a script when installed/],
  'one of another': [{ 'node_modules/a/node_modules/@x/usb': SCRIPT }, /^warning @x\/usb runs/],
  several: [{ 'node_modules/a': SCRIPT, 'node_modules/b': SCRIPT }, /^warning a, b run a script .* their files/],
  'very many': [
    Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`node_modules/p${n}`, SCRIPT])),
    /^warning p0, p1, p2, p3, p4 and others run/,
  ],
  'one with a package for each platform': [{ 'node_modules/a': { ...SCRIPT, optionalDependencies: { b: '1' } } }, null],
  'one that may be missing': [{ 'node_modules/a': { ...SCRIPT, optional: true } }, null],
  'one that is not installed': [{ 'node_modules/a': { ...SCRIPT, dev: true } }, null],
};

for (const [name, [packages, warned]] of Object.entries(SCRIPTS)) {
  test(`package-lock.json has a package with a script: ${name}`, () => {
    const said = lock({ '': {}, ...packages }).problems.map(({ severity, message }) => `${severity} ${message}`);
    if (warned) assert.match(said.join(), warned);
    else assert.deepEqual(said, []);
  });
}

test('package-lock.json names places in node_modules, in a format that is known', () => {
  for (const path of ['../x', 'node_modules/../x', 'x', 'node_modules/a/../../x'])
    assert.notEqual(messages(lock({ '': {}, [path]: RESOLVED })), '', path);
  const old = { 'package.json': '{"dependencies": {"a": "1"}}', 'package-lock.json': '{"lockfileVersion": 1}' };
  assert.match(messages(problemsOf(old, 'node', NONE)), /expected 2 or 3/);
});
