/** The file of one's own certificates: what is taken, and what is said of everything else. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { onNetwork } from '../../../orchestrator/src/bundle/network-settings.ts';
import type { DesiredAgent } from '../../../orchestrator/src/domain/desired.ts';
import { CA_VARIABLES, caFiles, readOwnCa } from '../../../orchestrator/src/domain/network/own-ca.ts';
import { containerRequest } from '../../../orchestrator/src/rollout/instances/container-spec.ts';
import { aVersion } from '../../support/builders/a-version.ts';

const tls = (name: string) => readFile(new URL(`../../support/servers/tls/${name}`, import.meta.url), 'utf8');
const NOW = Date.parse('2026-11-27');
const CA = await tls('ca.pem');
const SERVER = await tls('server.pem');
const KEY = await tls('server.key');
const DER = new X509Certificate(CA).raw;

const FINE: [string, string | Buffer, number][] = [
  ['one', CA, 1],
  ['two', CA + SERVER, 2],
  ['one twice', CA + CA, 1],
  ['a byte order mark and CRLF', `\uFEFF${CA.replaceAll('\n', '\r\n')}`, 1],
  ['words around it', `Issuer: my home\n${CA}\nand more\n`, 1],
  ['nothing', '', 0],
  ['blanks', '\n \n', 0],
];
for (const [what, text, count] of FINE) {
  test(`is taken: ${what}`, () => {
    const reading = readOwnCa(Buffer.from(text), NOW);
    assert.ok('ca' in reading, JSON.stringify(reading));
    assert.equal(reading.ca?.pem.match(/BEGIN CERTIFICATE/g)?.length ?? 0, count);
    assert.deepEqual(reading.ca?.warnings ?? [], []);
  });
}

const WRONG: [string, Buffer, RegExp][] = [
  ['a private key', Buffer.from(KEY), /private key/],
  ['a private key beside the certificate', Buffer.from(CA + KEY), /private key/],
  ['text', Buffer.from('hello\n'), /holds no certificate in PEM/],
  ['DER', DER, /in DER: `openssl x509 -inform der/],
  ['UTF-16', Buffer.from(`\uFEFF${CA}`, 'utf16le'), /UTF-16/],
  ['half a certificate', Buffer.from(CA.slice(0, 200)), /holds no certificate/],
  [
    'a broken one',
    Buffer.from(CA + CA.replace(/M/, 'A').replace(/[a-z]{3}/, 'AAA')),
    /number 2 what is no certificate/,
  ],
  ['too much', Buffer.alloc(300 * 1024, 'a'), /larger than 256 KB/],
];
for (const [what, bytes, problem] of WRONG) {
  test(`is refused in words: ${what}`, () => {
    const reading = readOwnCa(bytes, NOW);
    assert.ok('problem' in reading, JSON.stringify(reading));
    assert.match(reading.problem, problem);
  });
}

test('one that has ended is told', () => {
  const later = readOwnCa(Buffer.from(CA), Date.parse('2200-01-01'));
  assert.ok('ca' in later);
  assert.match(later.ca?.warnings[0] ?? '', /^the certificate of CN=a home of the tests ended /);
});

test('another file is another hash, words around it are not', () => {
  const hashOf = (text: string) => {
    const reading = readOwnCa(Buffer.from(text), NOW);
    return 'ca' in reading ? reading.ca?.hash : null;
  };
  assert.equal(hashOf(CA), hashOf(`mine\n${CA}`));
  assert.notEqual(hashOf(CA), hashOf(SERVER));
});

test('agents that reach the network get it with their environment, and start anew with another; no others', () => {
  const egress = (reach: 'none' | 'internet'): DesiredAgent => {
    const version = aVersion();
    const agent = { kind: 'valid', version: { ...version, spec: { ...version.spec, egress: reach } } };
    return agent as unknown as DesiredAgent;
  };
  const specOf = (agent: DesiredAgent) => (agent.kind === 'valid' ? agent.version : null);
  assert.deepEqual(onNetwork(egress('none'), CA_VARIABLES), egress('none'));
  assert.deepEqual(onNetwork(egress('internet'), {}), egress('internet'));
  const version = specOf(onNetwork(egress('internet'), CA_VARIABLES));
  assert.notEqual(version?.specHash, specOf(egress('internet'))?.specHash);
  assert.ok(version);
  const { env } = containerRequest({
    version: version,
    inst: 1,
    password: 'p',
    controlKey: 'k',
    secretsHash: '',
    installId: 'i',
    redisPort: 6379,
  });
  const files = new Set(caFiles({ pem: CA }, ['known']).map(({ name }) => `/app/bundle/${name}`));
  for (const [name, path] of Object.entries(CA_VARIABLES)) {
    assert.equal(env[name], path);
    assert.ok(files.has(path), 'it is in the image');
  }
});
