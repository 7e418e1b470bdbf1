/** What was running when a process died is known in its next life; what ended in order is not. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { MOST_WEIGHT, weighCompany } from '../../../orchestrator/src/domain/ports/running.ts';
import { openRunningLog } from '../../../orchestrator/src/process/running-log.ts';

const dir = mkdtempSync(join(tmpdir(), 'hairem-running-'));
after(() => rmSync(dir, { recursive: true }));
let file: string;
let count = 0;
let now: number;
beforeEach(() => {
  count += 1;
  file = join(dir, `${count}.log`);
  now = 1_000_000;
});
/** A life that ends without a word is one that is not closed. */
const live = () => openRunningLog(file, { now: () => now, weigh: weighCompany });

test('what had ended is nobody’s death', () => {
  const first = live();
  first.begin('a');
  first.end('a');
  assert.equal(live().deathsOf('a'), 0);
});

for (const [company, lives, isPoison] of [
  [1, 1, false],
  [1, 2, true],
  [2, 3, false],
  [2, 4, true],
  [8, 3, false],
] as const) {
  test(`${company} at once at ${lives} deaths: each is ${isPoison ? 'not run again' : 'run again'}`, () => {
    for (let n = 0; n < lives; n += 1) {
      const log = live();
      for (let one = 0; one < company; one += 1) log.begin(`key ${one}`);
    }
    assert.equal(live().deathsOf('key 0') >= MOST_WEIGHT, isPoison);
  });
}

test('an end in order is no death and no crash, and what was known before stays', () => {
  live().begin('poison');
  const second = live();
  second.begin('innocent');
  second.close();
  const third = live();
  assert.deepEqual([third.deathsOf('innocent'), third.deathsOf('poison'), third.crashes()], [0, 2, 0]);
});

test('starts after a crash are counted for a minute, the first start is none', () => {
  assert.equal(live().crashes(), 0);
  assert.equal(live().crashes(), 1);
  live();
  const log = live();
  assert.equal(log.crashes(), 3);
  now += 60_000;
  assert.equal(log.crashes(), 0);
});

test('the most often first, and a line that was cut off by the death is no line', () => {
  live().begin('once');
  const again = live();
  again.condemn('twice');
  appendFileSync(file, '["+","half');
  assert.deepEqual(live().suspects(), ['twice', 'once']);
});

test('the file does not grow with what is run', () => {
  const log = live();
  for (let n = 0; n < 10_000; n += 1) {
    log.begin(`key ${n} ${'x'.repeat(64)}`);
    log.end(`key ${n} ${'x'.repeat(64)}`);
  }
  assert.ok(statSync(file).size < 300 * 1024);
});

test('a disk that refuses is no reason to refuse a call', () => {
  const log = live();
  log.close();
  log.begin('a');
  log.end('a');
});
