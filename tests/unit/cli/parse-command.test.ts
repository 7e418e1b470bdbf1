/** Command lines as values, and what a person who mistypes is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS } from '../../../orchestrator/src/cli/command-table.ts';
import { type Parsed, parseCommand } from '../../../orchestrator/src/cli/parse-command.ts';
import { hairem } from '../../support/harness/cli-rig.ts';

const parse = (line: string): Parsed =>
  parseCommand(line.split(' ').filter(Boolean), { commands: COMMANDS, services: ['run', 'gate', 'init'] });

function messageOf(line: string): string {
  const parsed = parse(line);
  assert.equal(parsed.kind, 'wrong', line);
  return parsed.message;
}

function callOf(line: string) {
  const parsed = parse(line);
  assert.equal(parsed.kind, 'command', line);
  return { name: parsed.spec.name, words: parsed.words, options: { ...parsed.options } };
}

test('words and options, in any order, short and long', () => {
  assert.deepEqual(callOf('logs -f echo --tail 5'), {
    name: 'logs',
    words: ['echo'],
    options: { follow: true, tail: '5' },
  });
  assert.deepEqual(callOf('logs echo --tail=5 --json'), {
    name: 'logs',
    words: ['echo'],
    options: { tail: '5', json: true },
  });
  assert.deepEqual(callOf('send echo -- --not an option').words, ['echo', '--not', 'an', 'option']);
  assert.deepEqual(callOf('--version').name, 'version');
});

test('services take nothing, and are known', () => {
  assert.deepEqual(parse('run'), { kind: 'service', name: 'run' });
  assert.match(messageOf('gate --port 5'), /gate takes no arguments/);
});

test('an unknown command is answered with the nearest known one', () => {
  assert.match(messageOf('restrat echo'), /there is no command "restrat"; did you mean restart\?/);
  assert.match(messageOf('pss'), /did you mean ps\?/);
  assert.doesNotMatch(messageOf('frobnicate'), /did you mean/);
  assert.match(messageOf('constructor'), /there is no command/);
});

test('bad options and counts are named', () => {
  assert.match(messageOf('logs echo --tial 5'), /there is no option --tial; did you mean --tail\?/);
  assert.match(messageOf('logs echo -x'), /there is no option -x/);
  assert.match(messageOf('logs echo --tail'), /--tail needs a value: --tail LINES/);
  assert.match(messageOf('logs echo --follow=yes'), /--follow takes no value/);
  assert.match(messageOf('ps --constructor'), /there is no option --constructor/);
  assert.match(messageOf('logs'), /logs needs <agent>/);
  assert.match(messageOf('logs a b'), /no more than <agent>/);
  assert.match(messageOf('ps echo'), /ps takes no arguments/);
});

test('help is found in every way that people ask for it', () => {
  for (const line of ['', 'help', '-h', '--help', 'help help'])
    assert.deepEqual(parse(line), { kind: 'help', topic: null }, line);
  for (const line of ['help logs', 'logs --help', 'logs -h']) {
    const parsed = parse(line);
    assert.equal(parsed.kind === 'help' && parsed.topic?.name, 'logs', line);
  }
  assert.match(messageOf('help lgos'), /did you mean logs\?/);
});

test('help names every command and the exit codes; wrong use exits with 2', async () => {
  const help = await hairem('http://127.0.0.1:1', ['help']);
  assert.equal(help.code, 0);
  for (const { name } of COMMANDS) assert.match(help.out, new RegExp(`^ {2}${name} `, 'm'));
  assert.match(help.out, /Exit codes: 0 done/);
  const usage = await hairem('http://127.0.0.1:1', ['logs', '--help']);
  assert.match(usage.out, /usage: hairem logs \[options\] <agent>\n[\s\S]*-f, --follow/);
  const wrong = await hairem('http://127.0.0.1:1', ['logs']);
  assert.deepEqual(
    [wrong.code, wrong.out, wrong.err],
    [2, '', 'hairem: logs needs <agent>\nusage: hairem logs [options] <agent>\n'],
  );
});

test('every command loads', async () => {
  for (const spec of COMMANDS) assert.equal(typeof (await spec.load()), 'function', spec.name);
});
