/** What runs without a word, and what waits for one: one line a case, and books over time. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NEW_STORED_AGENT, type StoredAgent } from '../../../orchestrator/src/domain/stored-agent.ts';
import type { TrustState } from '../../../orchestrator/src/domain/trust.ts';
import type { SandboxSpec, SecretReference, Version } from '../../../orchestrator/src/domain/version.ts';
import { createTrustBook, type TrustBook } from '../../../orchestrator/src/trust/trust-book.ts';
import { aSoftPart, aVersion } from '../../support/builders/a-version.ts';
import { valid } from '../plan/views.ts';

let count = 0;
/** Every call is another content. */
const version = (change: Partial<Version> = {}) => aVersion({ hash: `h${count++}`, ...change });
const spec = (change: Partial<SandboxSpec>): Partial<Version> => ({ spec: { ...aVersion().spec, ...change } });
const secrets = (...all: SecretReference[]): Partial<Version> => ({ secrets: all });
const named = (name: string): SecretReference => ({ name, from: { kind: 'name' } });
const model = (llm_config: Record<string, unknown>): Partial<Version> => ({ soft: aSoftPart({ llm_config }) });

function readable(of: Version, folder = of.agent) {
  const desired = valid(of);
  assert.ok(desired.kind === 'valid');
  return { ...desired, folder };
}

function aBook({ kept = null as TrustState | null, stored = {}, trustAll = false } = {}) {
  const saved: TrustState[] = [];
  const book = createTrustBook({ kept, stored, trustAll, save: (state) => void saved.push(structuredClone(state)) });
  const again = () => createTrustBook({ kept: saved.at(-1) ?? null, stored: {}, trustAll: false, save: () => {} });
  return { book, saved, again };
}

const asks = (book: TrustBook, of: Version, stored: StoredAgent = NEW_STORED_AGENT) =>
  book.holdOf(readable(of), stored)?.asks ?? null;

describe('an update', () => {
  const cases: [string, Partial<Version>, Partial<Version>, string[] | null][] = [
    ['that changes nothing of them', {}, { imageHash: 'other' }, null],
    [
      'that reaches out',
      {},
      spec({ egress: 'internet' }),
      ['the internet, the local network and what this host serves on it'],
    ],
    ['that reaches out no more', spec({ egress: 'internet' }), {}, null],
    ['with a volume', {}, spec({ storage: true }), ['a volume of its own, which outlives its versions']],
    ['with more memory', {}, spec({ memory: 2 ** 29 }), ['512 MiB of memory, was 256 MiB of memory']],
    ['with less', {}, spec({ memory: 2 ** 27, cpus: 0.1, pids: 16 }), null],
    [
      'with more cores and processes',
      {},
      spec({ cpus: 1, pids: 200 }),
      ['1 cores, was 0.5 cores', '200 processes, was 128 processes'],
    ],
    ['that names a secret', {}, secrets(named('TOKEN')), ['the secret TOKEN']],
    ['that names another', secrets(named('A')), secrets(named('A'), named('B')), ['the secret B']],
    [
      'that refers to a variable',
      secrets(named('A')),
      secrets({ name: 'A', from: { kind: 'variable', variable: 'MQTT_PASSWORD' } }),
      [['the secret $', '{MQTT_PASSWORD}'].join('')],
    ],
    [
      'that refers to a file',
      {},
      secrets({ name: 'A', from: { kind: 'file', file: 'mqtt' } }),
      ['the secret {file: mqtt}'],
    ],
    ['with a secret written out', {}, secrets({ name: 'A', from: { kind: 'literal' } }), null],
    [
      'with a model',
      {},
      model({ base_url: 'http://10.0.0.1/v1' }),
      ['a language model of its own: http://10.0.0.1/v1'],
    ],
    [
      'with another model, whose address holds a password',
      model({ base_url: 'http://10.0.0.1/v1' }),
      model({ base_url: 'http://me:sesame@10.0.0.2/v1?key=sesame' }),
      ['a language model of its own: http://10.0.0.2/v1'],
    ],
    ['with a provider', {}, model({ provider: 'openai' }), ['a language model of its own: the provider openai']],
    [
      'with another model at the same address',
      model({ base_url: 'http://a/', model: 'x' }),
      model({ base_url: 'http://a/', model: 'y' }),
      null,
    ],
    ['that writes to all', { topics: ['a'] }, {}, ['writing to every agent']],
    ['that writes to one more', { topics: ['a'] }, { topics: ['a', 'b'] }, ['writing to b']],
    [
      'that writes to many more',
      { topics: [] },
      { topics: Array.from({ length: 500 }, (_, i) => `a${i}`) },
      [...Array.from({ length: 40 }, (_, i) => `writing to a${i}`), 'and 460 more, which its manifest names'],
    ],
    ['that writes to fewer', {}, { topics: ['a'] }, null],
  ];
  for (const [what, before, after, expected] of cases) {
    test(what, () => {
      const { book } = aBook();
      assert.equal(asks(book, version(before)), null, 'it appears for the first time');
      const next = version(after);
      assert.deepEqual(asks(book, next), expected);
      assert.deepEqual(asks(book, next), expected, 'until it is accepted');
      book.accept(readable(next));
      assert.equal(asks(book, next), null);
    });
  }
});

test('what it gives up is shown beside what it asks for, and asked for anew when it comes back', () => {
  const { book } = aBook();
  book.holdOf(readable(version(spec({ storage: true }))), NEW_STORED_AGENT);
  const hold = book.holdOf(readable(version(spec({ egress: 'internet' }))), NEW_STORED_AGENT);
  assert.deepEqual([hold?.asks.length, hold?.givesUp], [1, ['a volume of its own, which outlives its versions']]);
  assert.match(hold?.because ?? '', /^waits for your word: .*`hairem allow echo`/);
  assert.equal(asks(book, version()), null);
  assert.equal(asks(book, version(spec({ storage: true })))?.length, 1);
});

test('what runs and what was good before need no word', () => {
  const { book } = aBook();
  const [wide, narrow] = [version(spec({ egress: 'internet' })), version()];
  book.holdOf(readable(wide), NEW_STORED_AGENT);
  book.holdOf(readable(narrow), NEW_STORED_AGENT);
  assert.equal(asks(book, wide, { ...NEW_STORED_AGENT, running: narrow, lastGood: wide }), null);
});

test('an id that was used before waits for a word, also over a restart; the very same bundle does not', () => {
  const { book, again } = aBook();
  const first = version();
  book.holdOf(readable(first), NEW_STORED_AGENT);
  book.noteGone('echo');
  const later = again();
  const other = version();
  const hold = later.holdOf(readable(other), NEW_STORED_AGENT);
  assert.match(hold?.because ?? '', /an agent that was removed had the id echo/);
  assert.ok(hold?.asks.some((line) => line.includes('its memories, its files and its secrets')));
  assert.equal(asks(later, first), null, 'the folder is back');
  assert.equal(asks(later, version()), null, 'and it is an agent as any other');
});

test('an agent that is none any more is noted once, and one that was never known is not', () => {
  const { book, saved } = aBook();
  book.noteGone('nobody');
  assert.equal(saved.length, 0);
  book.holdOf(readable(version()), NEW_STORED_AGENT);
  book.holdOf(readable(version()), NEW_STORED_AGENT);
  book.noteGone('echo');
  book.noteGone('echo');
  assert.equal(saved.length, 3);
});

test('a folder that changes its id to have what it wants waits, too, and who was in it goes on', () => {
  const { book } = aBook();
  book.holdOf(readable(version()), NEW_STORED_AGENT);
  const renamed = readable(version({ agent: 'echo-two', ...spec({ egress: 'internet' }) }), 'echo');
  assert.match(book.holdOf(renamed, NEW_STORED_AGENT)?.because ?? '', /folder echo was the agent echo/);
  assert.equal(book.formerOf(renamed), 'echo');
  book.accept(renamed);
  assert.equal(book.formerOf(renamed), null);
  book.noteGone('echo-two');
  book.noteGone('echo');
  const later = readable(version({ agent: 'third' }), 'echo');
  assert.deepEqual([book.formerOf(later), book.holdOf(later, NEW_STORED_AGENT)], [null, null], 'put there anew');
  const other = readable(version({ agent: 'other' }));
  assert.deepEqual([book.formerOf(other), book.holdOf(other, NEW_STORED_AGENT)], [null, null], 'a folder of its own');
});

test('another folder that takes the id of an agent waits, too; one that was renamed does not', () => {
  const { book } = aBook();
  const first = version();
  book.holdOf(readable(first), NEW_STORED_AGENT);
  const hold = book.holdOf(readable(version(), 'evil'), NEW_STORED_AGENT);
  assert.match(hold?.because ?? '', /the agent echo was in the folder echo before/);
  assert.equal(book.holdOf(readable(first, 'renamed'), NEW_STORED_AGENT), null);
  assert.equal(book.holdOf(readable(version(), 'renamed'), NEW_STORED_AGENT), null);
});

test('an installation that is older than the book has accepted what runs', () => {
  const running = version(spec({ egress: 'internet' }));
  const good = version({ agent: 'other' });
  const stored = {
    echo: { ...NEW_STORED_AGENT, running },
    other: { ...NEW_STORED_AGENT, lastGood: good },
    never: NEW_STORED_AGENT,
  };
  const { book } = aBook({ stored });
  assert.deepEqual(book.idsOfBefore(), ['echo', 'other', 'never']);
  assert.equal(asks(book, version(spec({ egress: 'internet' }))), null);
  assert.equal(asks(book, version({ agent: 'other', ...spec({ egress: 'internet' }) }))?.length, 1);
  assert.equal(asks(book, version({ agent: 'never', ...spec({ egress: 'internet' }) })), null);
});

test('with HAIREM_TRUST=all nothing waits, and is noted all the same', () => {
  const { book, again } = aBook({ trustAll: true });
  assert.equal(asks(book, version()), null);
  assert.equal(asks(book, version(spec({ egress: 'internet' }))), null);
  assert.equal(asks(again(), version(spec({ egress: 'internet' }))), null);
  book.noteGone('echo');
  assert.equal(asks(book, version()), null);
});

test('whose a flat name is outlives a restart', () => {
  const { book, again } = aBook();
  book.claim(new Map([['ECHO_T', 'echo']]));
  assert.deepEqual([...again().claimed()], [['ECHO_T', 'echo']]);
});
