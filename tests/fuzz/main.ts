/**
 * `npm run fuzz [-- target] [--seconds N] [--seed N]`: gives every reader of foreign text texts that are nearly right, for N
 * seconds each (10 by default), and reports what throws or takes long. A find is written to a file and named with its seed;
 * it becomes a row of a table test. Not part of the test run: it has no end.
 */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seeded } from '../support/handover/random.ts';
import { mutate } from './mutate.ts';
import { isAnswer, TARGETS, type Target } from './targets.ts';

/** The longest that one text of at most 1 MiB may take. */
const SLOW_MS = 2_000;
const MOST_FINDS = 5;

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, seed: { type: 'string', default: `${Date.now() % 1e9}` } },
  allowPositionals: true,
});
const wanted = TARGETS.filter(
  ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
);
if (wanted.length === 0) {
  console.error(`no such target; choose from: ${TARGETS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
let finds = 0;
for (const target of wanted) finds += await fuzz(target, Number(values.seconds) * 1000, Number(values.seed));
process.exit(finds > 0 ? 1 : 0);

async function fuzz(target: Target, forMs: number, firstSeed: number): Promise<number> {
  const ends = performance.now() + forMs;
  let [runs, found] = [0, 0];
  for (let seed = firstSeed; performance.now() < ends && found < MOST_FINDS; seed += 1) {
    const text = mutate(target.seeds, seeded(seed));
    const wrong = await faultOf(target, text);
    runs += 1;
    if (wrong === null) continue;
    found += 1;
    const file = join(tmpdir(), `hairem-fuzz-${target.name.replaceAll(/\W+/g, '-')}-${seed}.txt`);
    await writeFile(file, text);
    console.log(`FOUND ${target.name}, seed ${seed}: ${wrong}\n  the text is in ${file}`);
  }
  console.log(`${target.name}: ${runs} texts, ${found} finds`);
  return found;
}

async function faultOf({ run }: Target, text: string): Promise<string | null> {
  const began = performance.now();
  try {
    await run(text);
  } catch (thrown) {
    if (!isAnswer(thrown)) return String(thrown instanceof Error ? thrown.stack : thrown).slice(0, 500);
  }
  const took = performance.now() - began;
  return took > SLOW_MS ? `took ${Math.round(took)} ms for ${text.length} characters` : null;
}
