/** The parts of `npm run check` that are not tests: format and lint, types, unused code. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const CHECKS: readonly { name: string; command: string; args: string[] }[] = [
  { name: 'biome', command: 'biome', args: ['check', '--error-on-warnings', '.'] },
  { name: 'tsc', command: 'tsc', args: ['--noEmit'] },
  { name: 'knip', command: 'knip', args: [] },
];

export interface CheckResult {
  name: string;
  ok: boolean;
  ms: number;
  output: string;
}

export async function* runChecks(): AsyncGenerator<CheckResult> {
  for (const { name, command, args } of CHECKS) {
    const began = performance.now();
    const { ok, output } = await run(command, args);
    yield { name, ok, ms: performance.now() - began, output };
  }
}

function run(command: string, args: string[]): Promise<{ ok: boolean; output: string }> {
  const bin = join(ROOT, 'node_modules', '.bin');
  const PATH = `${dirname(process.execPath)}:${bin}:${process.env.PATH ?? ''}`;
  return new Promise((resolve) => {
    const child = spawn(join(bin, command), args, { cwd: ROOT, env: { ...process.env, PATH } });
    let output = '';
    const keep = (text: Buffer) => {
      output += text.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}
