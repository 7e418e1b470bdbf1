/**
 * Words of other YAMLs, Home Assistant's above all: each works, or is said with line, column and what to write. And for
 * bundles of the in-process kind they are what PyYAML made of them. The next word is one line here.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readManifest } from '../../../orchestrator/src/bundle/manifest/read-manifest.ts';
import { readPersona } from '../../../orchestrator/src/bundle/manifest/read-persona.ts';
import { readYaml11 } from '../../../orchestrator/src/bundle/manifest/yaml-1-1.ts';
import type { Dialect } from '../../../orchestrator/src/bundle/manifest/yaml-convert.ts';
import { readYaml } from '../../../orchestrator/src/bundle/manifest/yaml-file.ts';

const manifest = (text: string, dialect: Dialect = '1.2') =>
  readManifest(new Map([['manifest.yaml', Buffer.from(text)]]), dialect);

const lines = (text: string, dialect: Dialect = '1.2') =>
  manifest(text, dialect).problems.map(
    ({ severity, line, column, path, message }) => `${severity} ${line}:${column} ${path} ${message}`,
  );

const REFUSED: Readonly<Record<string, [text: string, says: RegExp]>> = {
  '!secret': [
    'name: P\nconfig:\n  token: !secret ha_token\n',
    /^error 3:10 {2}"!secret" is not read here: write "\$\{ha_token\}", list ha_token under "secrets:", and put its value into the file secrets\/<agent>\/ha_token$/,
  ],
  '!env_var': ['name: P\nconfig: {t: !env_var HA_TOKEN}\n', /^error 2:13 {2}"!env_var" .* write "\$\{HA_TOKEN\}"/],
  '!include': [
    'name: P\nconfig: !include config.yaml\n',
    /^error 2:9 {2}"!include" is not read here, as no other file/,
  ],
  '!include_dir_merge_named': [
    'name: P\nconfig: !include_dir_merge_named x/\n',
    /"!include_dir_merge_named" is not read/,
  ],
  '!lambda': ['name: P\nconfig:\n  f: !lambda |-\n    return 1;\n', /^error 3:6 {2}"!lambda" .*logic\.py or logic\.ts/],
  '!input': ['name: P\nconfig: {a: !input light}\n', /"!input" is not read here, as this is no blueprint/],
  'another tag': ['name: P\nconfig: {a: !extend x}\n', /tags like "!extend" are not read here/],
  'a tag of YAML': ['name: P\nconfig: {a: !!binary aGk=}\n', /tags like "!!binary" are not read here/],
  'storage: yes': [
    'name: P\nstorage: yes\n',
    /^error 2:10 storage expected true or false, found text "yes"; write true$/,
  ],
  'enabled: off': ['name: P\nenabled: Off\n', /^error 2:10 enabled .* write false$/],
  'personified: n': ['name: P\npersonified: n\n', /^error 2:14 personified .* write false$/],
  'enabled: 0': ['name: P\nenabled: 0\n', /^error 2:10 enabled .* write false$/],
  'enabled: "true"': ['name: P\nenabled: "true"\n', /^error 2:10 enabled .* write true$/],
  'a tab': ['name: P\nconfig:\n\ta: 1\n', /^error 3:\d+ {2}a tab is used to indent; YAML takes spaces alone$/],
  'a key twice': ['name: P\nname: Q\n', /^error 2:1 name the key "name" is there twice, first on line 1$/],
  'a second document': ['name: P\n---\nname: Q\n', /^error 2:\d+ {2}a second document begins here/],
  'a template': ['name: P\nconfig:\n  a: {{ states("x") }}\n', /^error 3:6 config\.a templates are not filled in here/],
  'a block of a template': ['name: P\nconfig:\n  a: {% if x %}\n', /templates are not filled in here|cannot begin/],
  'a percent sign': ['name: P\nconfig: {a: %x}\n', /a value cannot begin with this sign; put it in quotes/],
  'an at sign': ['name: @p\n', /^error 1:7 {2}a value cannot begin with this sign; put it in quotes$/],
  'a backtick': ['name: `p`\n', /^error 1:7 {2}a value cannot begin with this sign/],
  'two colons': ['name: P: Q\n', /^error 1:7 {2}a second ": " stands in this line/],
  'a backslash': ['name: "C:\\dir"\n', /a backslash begins an escape/],
  'no space behind the colon': ['name:P\nrole: x\n', /a space behind it \(key: value\)/],
  'no space at all': ['name:P\n', /^error 1:1 {2}expected a mapping .*: a space is missing behind a colon/],
  'a no-break space': ['name:\u00a0P\n', /a no-break space stands behind a colon/],
  'lines of an old Mac': ['name: P\rrole: x\r', /the lines end with CR alone, as on an old Mac/],
  'no number': ['name: P\nconfig: {a: .nan}\n', /^error 2:13 config\.a is not a finite number/],
  'an endless number': ['name: P\nconfig: {a: -.inf}\n', /is not a finite number/],
  'a merge key': [
    'name: P\nconfig: {a: &x {b: 1}, c: {<<: *x}}\n',
    /merge keys \(<<\) are not read here; write the keys out/,
  ],
  'an octal number': ['name: P\nconfig: {mode: 0777}\n', /^error 2:16 config\.mode begins with 0/],
};

describe('refused, with what to write', () => {
  for (const [name, [text, says]] of Object.entries(REFUSED)) {
    test(name, () => {
      const said = lines(text);
      assert.ok(
        said.some((line) => says.test(line)),
        said.join('\n'),
      );
    });
  }
});

const WARNED: Readonly<Record<string, [text: string, says: RegExp]>> = {
  'debug: off': [
    'name: P\nconfig:\n  debug: off\n',
    /^warning 3:10 config\.debug "off" is a text here; write false, or "off" in quotes/,
  ],
  'debug: Yes': ['name: P\nconfig: {debug: Yes}\n', /"Yes" is a text here; write true/],
  'a list of words': [
    'name: P\ncapabilities: [on]\n',
    /^warning 2:16 capabilities\[0\] "on" is a text here; write true/,
  ],
  sixties: ['name: P\nconfig: {at: 12:30:00}\n', /^warning 2:14 config\.at is a text here, and was a count of seconds/],
  'digits with _': ['name: P\nconfig: {most: 1_000}\n', /is a text here, and was a number in YAML 1\.1/],
  'binary digits': ['name: P\nconfig: {bits: 0b101}\n', /is a text here, and was a number in YAML 1\.1/],
  'typographic quotes': ['name: P\nrole: “host”\n', /^warning 2:7 role begins with a typographic quote/],
};

describe('taken as it is, with a warning', () => {
  for (const [name, [text, says]] of Object.entries(WARNED)) {
    test(name, () => {
      const { manifest: read } = manifest(text);
      assert.notEqual(read, null, 'it is valid');
      const said = lines(text);
      assert.ok(
        said.some((line) => says.test(line)),
        said.join('\n'),
      );
    });
  }

  test('in a persona, too', () => {
    const { persona, problems } = readPersona(Buffer.from('name: P\nvoice: {loud: no}\n'));
    assert.equal(persona?.name, 'P');
    assert.deepEqual(
      problems.map(({ severity, line, path }) => [severity, line, path]),
      [['warning', 2, 'voice.loud']],
    );
  });

  test('no more warnings than problems are shown', () => {
    const many = Array.from({ length: 500 }, (_, n) => `  k${n}: on`).join('\n');
    assert.equal(readYaml('m.yaml', Buffer.from(`config:\n${many}\n`)).habits.length, 50);
  });
});

const WORKS: Readonly<Record<string, string>> = {
  'a byte-order mark': '\ufeffname: P\nrole: x\n',
  'Windows line ends': 'name: P\r\nrole: x\r\n',
  'a first ---': '---\nname: P\nrole: x\n',
  'a last ...': 'name: P\nrole: x\n...\n',
  'an anchor and its alias': 'name: &n P\nrole: x\nconfig: {again: *n}\n',
  'yes as a key': 'name: P\nrole: x\nconfig: {yes: 1, off: 2}\n',
  'a date': 'name: P\nrole: x\nconfig: {day: 2024-01-01}\n',
  '~ for nothing': 'name: P\nrole: x\ncolor: ~\n',
  'y and n, which are texts everywhere': 'name: P\nrole: x\nconfig: {axes: [x, y], n: n}\n',
  'words in quotes': 'name: P\nrole: x\nconfig: {a: "off", b: \'12:30:00\'}\n',
  'a template in quotes': 'name: P\nrole: x\nconfig: {a: "{{ x }}"}\n',
  'a template within a text': 'name: P\nrole: x\nconfig:\n  a: hello {{ x }}\n',
};

describe('works without a word', () => {
  for (const [name, text] of Object.entries(WORKS)) {
    test(name, () => {
      assert.deepEqual(lines(text), []);
      assert.deepEqual([manifest(text).manifest?.name, manifest(text).manifest?.role], ['P', 'x']);
    });
  }
});

/** What PyYAML's safe_load makes of each, as JSON. */
const PYYAML: Readonly<Record<string, unknown>> = {
  yes: true,
  Yes: true,
  YES: true,
  on: true,
  On: true,
  true: true,
  TRUE: true,
  no: false,
  No: false,
  off: false,
  OFF: false,
  False: false,
  y: 'y',
  n: 'n',
  Y: 'Y',
  N: 'N',
  yES: 'yES',
  oN: 'oN',
  '~': null,
  null: null,
  Null: null,
  '': null,
  nil: 'nil',
  '0': 0,
  '7': 7,
  '+7': 7,
  '-7': -7,
  '1_000': 1000,
  '0777': 511,
  '-0777': -511,
  '0o17': '0o17',
  '08': '08',
  '0b101': 5,
  '0x1F': 31,
  '0x_': '0x_',
  '0b_': '0b_',
  '12:30:00': 45_000,
  '1:00': 60,
  '-1:30': -90,
  '01:30': '01:30',
  '12:99': '12:99',
  '1.5': 1.5,
  '1.': 1,
  '.5': 0.5,
  '1.5e+3': 1500,
  '1.5e3': '1.5e3',
  '1e3': '1e3',
  '1:30.5': 90.5,
  '1_0.5': 10.5,
  '2024-01-01': '2024-01-01',
  '1.2.3': '1.2.3',
  '192.168.1.1': '192.168.1.1',
  '=': '=',
  '9007199254740993': Number.NaN,
  '.inf': Number.NaN,
  '-.INF': Number.NaN,
  '.nan': Number.NaN,
};

describe('for bundles of the in-process kind, what PyYAML made of it', () => {
  for (const [source, value] of Object.entries(PYYAML)) {
    test(JSON.stringify(source), () => assert.deepEqual(readYaml11(source), value));
  }

  test('in a manifest, where a switch is a switch', () => {
    const text =
      'name: P\nstorage: yes\nenabled: on\nconfig: {debug: off, mode: 0777, at: 12:30:00, s: "off", v: \'0777\'}\n';
    const { manifest: read, problems } = manifest(text, '1.1');
    assert.deepEqual(problems, []);
    assert.deepEqual([read?.storage, read?.enabled], [true, true]);
    assert.deepEqual(read?.config, { debug: false, mode: 511, at: 45_000, s: 'off', v: '0777' });
  });

  test('merge keys merge: what is stated stands first, then the earlier mapping', () => {
    const text = 'name: P\nconfig:\n  a: &a {x: 1, y: 1}\n  b: &b {y: 2, z: 2}\n  c:\n    <<: [*a, *b]\n    x: 3\n';
    const { manifest: read } = manifest(text, '1.1');
    assert.deepEqual(read?.config.c, { x: 3, y: 1, z: 2 });
  });

  test('secrets and versions stay as they are written', () => {
    const { manifest: read } = manifest('name: P\nversion: 1.10\nsecrets: {PIN: 0042, FLAG: yes}\n', '1.1');
    assert.deepEqual([read?.version, read?.secrets], ['1.10', { PIN: '0042', FLAG: 'yes' }]);
  });

  test('what no JSON holds is refused with its place', () => {
    for (const value of ['.inf', '9007199254740993'])
      assert.match(
        lines(`name: P\nconfig: {a: ${value}}\n`, '1.1')[0] ?? '',
        /^error 2:13 config\.a is not a finite number/,
      );
  });

  test('a hostile merge is bounded', () => {
    const many = Array.from({ length: 40 }, () => '*a').join(', ');
    assert.match(lines(`a: &a {b: 1}\nconfig: {<<: [${many}]}\n`, '1.1').join('\n'), /more than 10 aliases/);
    assert.match(lines('config: {<<: {__proto__: {x: 1}}}\n', '1.1').join('\n'), /"__proto__" is not allowed/);
  });
});
