/** A failed build is said with the line that tells why, and never with the long command: a row for each tool's way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyBuildFailed } from '../../../orchestrator/src/engine/build/build-error.ts';

const RUN =
  'setpriv --no-new-privs npm install --omit=dev --ignore-scripts --no-audit --cache /tmp/npm && mkdir -p node_modules';
const failed = (code: number) => `The command '/bin/sh -c ${RUN}' returned a non-zero code: ${code}`;

const ROWS: Readonly<Record<string, [log: string[], code: number, says: RegExp]>> = {
  'pip: no such version': [
    [
      'Step 7/12 : RUN mkdir out && python -m pip install',
      ' ---> Running in 3c9d',
      'ERROR: Could not find a version that satisfies the requirement nonsense==9 (from versions: none)',
      'ERROR: No matching distribution found for nonsense==9',
      '[notice] A new release of pip is available: 24.0 -> 25.1',
    ],
    1,
    /^ERROR: No matching distribution found for nonsense==9 \(exit code 1\)$/,
  ],
  'pip: versions that conflict': [
    [
      'ERROR: Cannot install a==1 and b==2 because these package versions have conflicting dependencies.',
      'The conflict is caused by:',
      '    a 1 depends on c<2',
      'ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/',
    ],
    1,
    /^ERROR: (?:Cannot install a==1|ResolutionImpossible)/,
  ],
  'pip: another hash': [
    [
      'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.',
      '    redis==5.0:',
      '        Expected sha256 1',
    ],
    1,
    /^ERROR: THESE PACKAGES DO NOT MATCH THE HASHES/,
  ],
  'npm: no such package': [
    [
      'npm error code E404',
      'npm error 404 Not Found - GET https://registry.npmjs.org/@hairem%2fnot-there - Not found',
      'npm error 404',
      "npm error 404  '@hairem/not-there@1.0.0' is not in this registry.",
      'npm error A complete log of this run can be found in: /tmp/npm/_logs/x.log',
    ],
    1,
    /^npm error 404 Not Found - GET https:\/\/registry/,
  ],
  'npm: no such version': [
    [
      'npm ERR! code ETARGET',
      'npm ERR! notarget No matching version found for left-pad@99.',
      'npm ERR! A complete log of this run can be found in:',
    ],
    1,
    /^npm ERR! notarget No matching version found for left-pad@99\./,
  ],
  'npm: lock and list differ': [
    [
      'npm error code EUSAGE',
      'npm error',
      'npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.',
    ],
    1,
    /^npm error `npm ci` can only install packages/,
  ],
  'node-gyp without make': [
    [
      'gyp ERR! build error ',
      'gyp ERR! stack Error: not found: make',
      'gyp ERR! not ok ',
      'npm error code 1',
      'npm error path /install/x',
    ],
    1,
    /^gyp ERR! (?:stack Error: not found: make|not ok)/,
  ],
  'apt: no such package': [
    ['Reading package lists...', 'E: Unable to locate package gcc-99'],
    100,
    /^E: Unable to locate package gcc-99 \(exit code 100\)$/,
  ],
  'a full disk': [['OSError: [Errno 28] No space left on device'], 1, /No space left on device \(exit code 1\)$/],
  'ours: too large': [
    ['ERROR: the dependencies are larger than 2048 MB'],
    1,
    /^ERROR: the dependencies are larger than 2048 MB/,
  ],
  'killed for want of memory': [['Collecting torch', 'Killed'], 137, /^Killed \(it was killed, for want of memory/],
  'killed without a word': [
    [],
    137,
    /^it was killed, for want of memory or by somebody on the host \(exit code 137\)$/,
  ],
  'a Python traceback': [
    ['Traceback (most recent call last):', '  File "x", line 1', 'ValueError: no'],
    1,
    /^ValueError: no \(exit code 1\)$/,
  ],
  'a program that is not there': [
    ['/bin/sh: 1: setpriv: not found'],
    127,
    /setpriv: not found \(a program of it is not there/,
  ],
  'nothing that tells': [
    ['Step 3/4 : RUN x', ' ---> Running in 1', 'going on', 'went wrong somehow'],
    1,
    /^went wrong somehow \(exit code 1\)$/,
  ],
};

for (const [name, [log, code, says]] of Object.entries(ROWS)) {
  test(name, () => {
    const why = whyBuildFailed(failed(code), [...log, failed(code)]);
    assert.match(why, says);
    assert.ok(!why.includes('setpriv --no-new-privs'), why);
  });
}

test('what the engine says of anything else is said in its own words', () => {
  assert.equal(whyBuildFailed('COPY failed: no such file\nmore', []), 'COPY failed: no such file');
  assert.ok(whyBuildFailed('x'.repeat(9_999), []).length <= 301);
});
