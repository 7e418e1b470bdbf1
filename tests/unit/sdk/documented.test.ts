/** What a bundle may use of @hairem/agent is described where an editor shows it; test_documented.py does it for hairem. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const SDK = new URL('../../../agent-base-image/typescript/src/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, SDK), 'utf8');

/** Exported names by the file that they come from. */
function exported(): Map<string, string[]> {
  const found = read('index.ts').matchAll(/^export (?:type )?\{([^}]+)\} from '\.\/([^']+)';$/gm);
  return new Map(
    [...found].map(([, names = '', file = '']) => [
      file,
      names.split(',').flatMap((name) => name.replace('type ', '').trim() || []),
    ]),
  );
}

/** Names of this file, and their public members, above which there is no comment. */
function undescribed(file: string, names: readonly string[]): string[] {
  const lines = read(file).split('\n');
  const missing: string[] = [];
  let within: string | null = null;
  for (const [index, line] of lines.entries()) {
    const declared = /^export (?:interface|class|type) (\w+)/.exec(line)?.[1];
    if (declared) within = names.includes(declared) ? declared : null;
    if (line === '}') within = null;
    const member = /^ {2}(?:readonly |override |async |get )*([a-zA-Z]\w*)\??(?:\(|:|<)/.exec(line)?.[1];
    const named = declared && within ? declared : within && member ? `${within}.${member}` : null;
    const isDescribed = lines[index - 1]?.trimEnd().endsWith('*/');
    if (named && !isDescribed) missing.push(`${file}: ${named}`);
  }
  return missing;
}

test('everything that a bundle may import, and each of its members, is described', () => {
  const files = [...exported()];
  assert.ok(files.length >= 4);
  assert.deepEqual(
    files.flatMap(([file, names]) => undescribed(file, names)),
    [],
  );
});
