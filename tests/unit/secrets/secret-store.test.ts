/** Secrets over time: files that change, hashes that tell and do not tell, and what is hidden before it is used. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { DEFAULT_GRANT } from '../../../orchestrator/src/domain/grants.ts';
import { reservedNames } from '../../../orchestrator/src/domain/reserved-names.ts';
import { SETTINGS } from '../../../orchestrator/src/process/config.ts';
import { createSeal } from '../../../orchestrator/src/secrets/fingerprint.ts';
import { isSensitiveKey } from '../../../orchestrator/src/secrets/in-config.ts';
import { readSecretFiles } from '../../../orchestrator/src/secrets/secret-files.ts';
import { createSecretStore } from '../../../orchestrator/src/secrets/secret-store.ts';
import { aSoftPart, aVersion } from '../../support/builders/a-version.ts';

let dir = '';
let hidden: string[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hairem-secrets-'));
  hidden = [];
});
afterEach(() => rm(dir, { recursive: true }));

const seal = createSeal('key');
function store(env: Record<string, string> = {}, { claims = new Map<string, string>(), before = [] as string[] } = {}) {
  const made = createSecretStore({
    dir,
    env,
    seal,
    names: {
      claimed: () => claims,
      claim(more) {
        for (const [name, agent] of more) claims.set(name, agent);
      },
      idsOfBefore: () => before,
    },
    grants: () => DEFAULT_GRANT,
    granted: () => new Set(),
    isReserved: reservedNames(SETTINGS),
    onValues: (values) => void hidden.push(...values),
  });
  made.noteCrew([readable('echo')]);
  return made;
}
const readable = (id: string) => ({ id, literals: {} });
const put = (name: string, text: string) => writeFile(join(dir, name), text);
const needs = (...names: string[]) => aVersion({ secrets: names.map((name) => ({ name, from: { kind: 'name' } })) });

test('a file that appears is noticed once it was read twice alike', async () => {
  const secrets = store();
  const version = needs('TOKEN');
  await secrets.look();
  assert.equal(secrets.stateOf(version).missing.length, 1);
  await put('ECHO_TOKEN', 'half');
  assert.equal(await secrets.look(), false);
  assert.ok(secrets.isSettling());
  await put('ECHO_TOKEN', 'half and half\n');
  assert.equal(await secrets.look(), false);
  assert.equal(await secrets.look(), true);
  assert.ok(!secrets.isSettling());
  assert.deepEqual(secrets.givenTo(version).values, { TOKEN: 'half and half' });
  assert.ok(hidden.includes('half and half'));
  assert.equal(await secrets.look(), false);
});

test('a change is another hash for its user and the same for the others', async () => {
  await put('ECHO_A', 'one');
  const secrets = store({ OTHER_B: 'two' });
  secrets.noteCrew([readable('echo'), readable('other')]);
  const [echo, other] = [aVersion(), aVersion({ agent: 'other' })];
  await secrets.look();
  const before = [secrets.stateOf(echo).hash, secrets.stateOf(other).hash];
  await put('ECHO_A', 'three');
  await secrets.look();
  await secrets.look();
  assert.notEqual(secrets.stateOf(echo).hash, before[0]);
  assert.equal(secrets.stateOf(other).hash, before[1]);
});

test('a state holds names and fingerprints, never a value; without secrets its hash is empty', async () => {
  const secrets = store({ ECHO_TOKEN: 'sesame-open' });
  await secrets.look();
  const { hash, secrets: shown, missing } = secrets.stateOf(needs('TOKEN'));
  assert.deepEqual(
    [shown, missing],
    [[{ name: 'TOKEN', fingerprint: seal.fingerprint('echo', 'TOKEN', 'sesame-open') }], []],
  );
  assert.doesNotMatch(JSON.stringify([hash, shown]), /sesame/);
  assert.equal(secrets.stateOf(aVersion({ agent: 'other' })).hash, '');
});

test('whoever comes takes nothing over, and literals are known while they are in the folder', async () => {
  const secrets = store({ ECHO_TWO_X: 'x' });
  await secrets.look();
  const version = aVersion({ secrets: [{ name: 'L', from: { kind: 'literal' } }] });
  assert.deepEqual(secrets.givenTo(version).values, { TWO_X: 'x' });
  secrets.noteCrew([{ id: 'echo', literals: { L: 'written' } }, readable('echo-two')]);
  assert.deepEqual(secrets.givenTo(version).values, { L: 'written', TWO_X: 'x' });
  assert.deepEqual(secrets.givenTo(aVersion({ agent: 'echo-two' })).values, {});
  secrets.noteCrew([{ id: 'echo' }, readable('echo-two')]);
  assert.deepEqual(secrets.givenTo(version).values, { L: 'written', TWO_X: 'x' }, 'while its bundle is broken');
  secrets.noteCrew([readable('echo-two')]);
  assert.deepEqual(secrets.givenTo(aVersion({ agent: 'echo-two' })).values, {}, 'also when its owner is gone');
});

test('what appears while two could have it is nobody’s until a person has said whose', async () => {
  const claims = new Map<string, string>();
  const secrets = store({ ECHO_TWO_X: 'x' }, { claims });
  secrets.noteCrew([readable('echo'), readable('echo-two')]);
  await secrets.look();
  const two = aVersion({ agent: 'echo-two' });
  for (const version of [aVersion(), two]) {
    assert.deepEqual(secrets.givenTo(version).values, {});
    assert.match(secrets.stateOf(version).missing[0] ?? '', /ECHO_TWO_X could be /);
  }
  assert.deepEqual(
    secrets.contestedBy('echo-two').map(({ variable, name }) => [variable, name]),
    [['ECHO_TWO_X', 'X']],
  );
  claims.set('ECHO_TWO_X', 'echo-two');
  secrets.forget();
  assert.deepEqual([secrets.givenTo(two).values, secrets.givenTo(aVersion()).missing], [{ X: 'x' }, []]);
});

test('a bundle that cannot be read claims nothing', async () => {
  const claims = new Map<string, string>();
  const secrets = store({ OTHER_X: 'x' }, { claims });
  secrets.noteCrew([readable('echo'), { id: 'other' }]);
  await secrets.look();
  assert.deepEqual([...claims], []);
});

test('what an earlier release gave stays with the longest id of then', async () => {
  const claims = new Map<string, string>();
  const secrets = store({ ECHO_TWO_X: 'x', ECHO_TWO_THREE_Y: 'y' }, { claims, before: ['echo', 'echo-two'] });
  secrets.noteCrew([readable('echo'), readable('echo-two'), readable('echo-two-three')]);
  await secrets.look();
  assert.deepEqual(Object.fromEntries(claims), { ECHO_TWO_X: 'echo-two', ECHO_TWO_THREE_Y: 'echo-two' });
  await put('ECHO_TWO_NEW', 'z');
  await secrets.look();
  await secrets.look();
  claims.set('ECHO_TWO_X', 'echo');
  secrets.noteCrew([readable('echo'), readable('echo-two')]);
  assert.equal(claims.get('ECHO_TWO_NEW'), undefined, 'what comes later is asked for');
  assert.equal(claims.get('ECHO_TWO_X'), 'echo', 'and what a person has said since stands');
});

test('a folder that is called as an agent is that agent’s, without guessing', async () => {
  await mkdir(join(dir, 'echo-two'));
  await put('echo-two/X', 'of the folder');
  await put('ECHO_TWO_X', 'flat');
  const secrets = store({}, { claims: new Map([['ECHO_TWO_X', 'echo']]) });
  secrets.noteCrew([readable('echo'), readable('echo-two')]);
  await secrets.look();
  assert.deepEqual(secrets.givenTo(aVersion({ agent: 'echo-two' })).values, { X: 'of the folder' });
  assert.deepEqual(secrets.givenTo(aVersion()).values, { TWO_X: 'flat' });
  assert.ok(hidden.includes('of the folder'));
});

test('values under telling keys of config are hidden, too, and a stranger in config is told', async () => {
  const secrets = store();
  await secrets.look();
  const refer = (name: string) => ['$', '{', name, '}'].join('');
  const config = { url: refer('HA_URL'), ha: { api_key: 'written-out', note: `to ${refer('name')}` } };
  const { notes } = secrets.stateOf(aVersion({ soft: aSoftPart({ config }) }));
  assert.ok(hidden.includes('written-out'));
  assert.equal(notes.length, 1);
  assert.match(notes[0] ?? '', /\$\{HA_URL\}.*\$\{ECHO_HA_URL\}/);
});

test('keys tell by their last word', () => {
  const telling = ['token', 'HA_TOKEN', 'accessToken', 'client-secret', 'password', 'api_key', 'apiKey', 'x.apikey'];
  const others = ['tokens', 'max_tokens', 'token_count', 'monkey', 'secretary', 'keyboard', 'compass'];
  assert.deepEqual(
    telling.filter((key) => !isSensitiveKey(key)),
    [],
  );
  assert.deepEqual(others.filter(isSensitiveKey), []);
});

test('a seal of another installation, another agent or another name is another one', () => {
  const values = { A: 'value' };
  assert.notEqual(seal.hashOf('echo', values), createSeal('other').hashOf('echo', values));
  assert.notEqual(seal.hashOf('echo', values), seal.hashOf('other', values));
  assert.notEqual(seal.fingerprint('echo', 'A', 'value'), seal.fingerprint('echo', 'B', 'value'));
  assert.equal(seal.hashOf('echo', { A: '1', B: '2' }), seal.hashOf('echo', { B: '2', A: '1' }));
});

test('files are read as they are meant: no ends of lines behind them, links within the folder alone, nothing else', async () => {
  await put('A', 'value\n');
  await put('MARKED', '\uFEFFvalue\r\n\r\n');
  await put('ZEROS', '0042\n');
  await put('LATIN', '');
  await writeFile(join(dir, 'LATIN'), Buffer.from('na\xefve\n', 'latin1'));
  await put('EMPTY', '\n');
  await put('BINARY', '');
  await writeFile(join(dir, 'BINARY'), Buffer.from([0xff, 0xfe]));
  await writeFile(join(dir, 'LARGE'), 'x'.repeat(65 * 1024));
  await mkdir(join(dir, '..data'));
  await writeFile(join(dir, '..data/B'), 'linked');
  await symlink('..data/B', join(dir, 'B'));
  await symlink('/etc/passwd', join(dir, 'OUT'));
  await symlink('nowhere', join(dir, 'DANGLING'));
  await mkdir(join(dir, 'FOLDER'));
  assert.deepEqual(Object.fromEntries((await readSecretFiles(dir)).files), {
    A: { value: 'value' },
    B: { value: 'linked' },
    BINARY: { problem: 'is UTF-16 text, as some programs of Windows save it: save it as UTF-8' },
    DANGLING: { problem: 'cannot be read (ENOENT)' },
    EMPTY: { problem: 'is empty' },
    LARGE: { problem: 'is larger than 64 KB' },
    LATIN: {
      problem: 'has a character that is not UTF-8, as text in Latin-1 or Windows-1252 has: save the file as UTF-8',
    },
    MARKED: { value: 'value' },
    OUT: { problem: 'is a link that leads out of the folder' },
    ZEROS: { value: '0042' },
  });
  assert.deepEqual(await readSecretFiles(join(dir, 'absent')), {
    files: new Map(),
    own: new Map(),
    problem: null,
  });
  assert.equal((await readSecretFiles(join(dir, 'A'))).problem, 'the folder cannot be read (ENOTDIR)');
});

test('a file that may not be read says who must be able to', { skip: process.getuid?.() === 0 }, async () => {
  await put('A', 'value');
  await chmod(join(dir, 'A'), 0);
  assert.match(JSON.stringify((await readSecretFiles(dir)).files.get('A')), /cannot be read by uid/);
});
