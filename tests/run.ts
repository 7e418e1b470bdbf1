/**
 * Runs the tests: `node tests/run.ts [check] [unit] [contract] [scenarios] [engine]`, everything by default.
 * Ends with one line `N passed, N failed` and exit code 1 when anything failed or nothing ran.
 */
import { type CheckResult, runChecks } from './run/checks.ts';
import { filesOf, LANES, type Lane } from './run/lanes.ts';
import { checkPython, preparePython, runPytest } from './run/python.ts';
import { endRunning, type FileResult, runFile } from './run/run-file.ts';
import { makeUsual } from './run/surroundings.ts';

makeUsual();
for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }))
  process.once(signal, () => void endRunning().then(() => process.exit(code)));
const totals = { passed: 0, failed: 0, skipped: 0 };
/** What failed, said again before the last line: of a long run people keep the end. */
const failed: string[] = [];

const names = ['check', ...LANES.map((lane) => lane.name)];
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(' ')}; choose from ${names.join(' ')}`);
  process.exit(2);
}
const wanted = new Set(asked.length > 0 ? asked : names);

if (wanted.has('check')) await check(runChecks());
if (wanted.has('check')) await check(checkPython());
else if (wanted.has('unit') || wanted.has('contract')) await preparePython();
if (wanted.has('unit')) await pytest();
for (const lane of LANES.filter(({ name }) => wanted.has(name))) await runLane(lane);
if (failed.length > 0) console.log(`failed:\n${indent(failed.join('\n'))}`);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);

async function check(results: AsyncIterable<CheckResult>): Promise<void> {
  for await (const { name, ok, ms, output } of results) {
    totals[ok ? 'passed' : 'failed'] += 1;
    printLine({ ok, name: `check ${name}`, ms });
    if (ok) continue;
    failed.push(`check ${name}`);
    console.log(indent(output));
  }
}

async function pytest(): Promise<void> {
  const began = performance.now();
  const result = await runPytest();
  totals.passed += result.passed;
  totals.failed += result.failed;
  totals.skipped += result.skipped;
  printLine({ ok: result.failed === 0, name: `pytest (${result.passed} passed)`, ms: performance.now() - began });
  if (result.failed === 0) return;
  failed.push('pytest');
  console.log(indent(result.output));
}

async function runLane(lane: Lane): Promise<void> {
  const files = await filesOf(lane);
  const worker = async () => {
    for (let file = files.shift(); file !== undefined; file = files.shift()) await runOne(lane, file);
  };
  await Promise.all(Array.from({ length: lane.parallel }, worker));
}

async function runOne(lane: Lane, file: string): Promise<void> {
  if (lane.talkative) console.log(`… ${file}`);
  const result = await runFile({
    file,
    timeoutMs: lane.timeoutMs,
    onTest: ({ ok, name, ms, nesting }) => {
      if (lane.talkative) printLine({ ok, name: `${'  '.repeat(nesting + 1)}${name}`, ms });
    },
    onNote: (line) => {
      if (lane.talkative) console.log(`  ${line}`);
    },
  });
  totals.passed += result.passed;
  totals.failed += result.failed;
  totals.skipped += result.skipped;
  printLine({ ok: result.failed === 0, name: file, ms: result.ms });
  if (result.failed > 0) printFailures(result);
}

function printFailures({ file, failures, output }: FileResult): void {
  for (const { name, error } of failures) {
    failed.push(`${file}: ${name}: ${error.split('\n', 1)[0]}`);
    console.log(`  ✗ ${file}: ${name}\n${indent(error)}`);
  }
  if (output.length > 0) console.log(`  printed by ${file}:\n${indent(output.join('\n'))}`);
}

function printLine({ ok, name, ms }: { ok: boolean; name: string; ms: number }): void {
  console.log(`${ok ? '✓' : '✗'} ${name} ${Math.round(ms)} ms`);
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '    ');
}
