/** What pip and npm print when they fail, and the sentence that people read: one line for each text. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { causeOf } from '../../../orchestrator/src/images/install-errors/explain.ts';

const GRANT = 'add to deploy/grants.yaml, under "agents:":  echo: {build: {compilers: true}}';

/** [runtime, what was printed, what is said]; from pip 23 and npm 11. */
const CAUSES: ['python' | 'node', string, RegExp | string][] = [
  [
    'python',
    'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
    /the disk is full/,
  ],
  ['node', 'npm error code ENOSPC', /the disk is full/],
  ['node', 'Killed', /more memory than a build may/],
  ['python', "The command '/bin/sh -c pip' returned a non-zero exit code 137", /more memory/],
  ['python', '  │ exit code: -9', /more memory/],
  ['python', 'BlockingIOError: [Errno 11] Resource temporarily unavailable', /more processes than a build may/],
  ['python', "RuntimeError: can't start new thread", /more processes/],
  ['node', 'npm error Error: spawn sh EAGAIN', /more processes/],
  ['node', 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', /more memory/],
  [
    'python',
    "WARNING: Retrying (Retry(total=1)) after connection broken by 'ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 403 not a package index of this build'))': /x",
    /fetched from elsewhere .*sources: \["https:\/\/…\/"\]/,
  ],
  [
    'python',
    "WARNING: Retrying (Retry(total=1)) after connection broken by 'ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 502 the index cannot be reached'))': /simple/idna/",
    /cannot be reached/,
  ],
  [
    'python',
    "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy Authentication Required'))",
    /a user and a password/,
  ],
  ['node', 'npm error 407 Proxy Authentication Required', /a user and a password/],
  [
    'python',
    "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in certificate chain (_ssl.c:1006)'))",
    /certificate of the package index.*HAIREM_CA_FILE/,
  ],
  ['node', 'npm error code SELF_SIGNED_CERT_IN_CHAIN', /certificate of the package index.*HAIREM_NPM_REGISTRY/],
  ['node', 'npm error code UNABLE_TO_VERIFY_LEAF_SIGNATURE', /certificate/],
  [
    'python',
    "pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(host='files.pythonhosted.org', port=443): Read timed out.",
    /did not answer in time: `hairem reload echo` tries once more; HAIREM_PIP_INDEX_URL/,
  ],
  ['node', 'npm error code ETIMEDOUT', /did not answer in time/],
  ['node', 'npm error code ERR_SOCKET_TIMEOUT', /did not answer in time/],
  ['node', 'npm error code EAI_AGAIN', /name of the package index/],
  [
    'node',
    'npm error network request to https://registry.npmjs.org/x failed, reason: getaddrinfo ENOTFOUND registry.npmjs.org',
    /name of the package index/,
  ],
  [
    'python',
    "NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')",
    /name of the package index/,
  ],
  ['node', 'npm error code ECONNREFUSED', /cannot be reached/],
  ['node', 'npm error code ECONNRESET', /cannot be reached/],
  ['node', 'npm error code E429', /too many requests/],
  ['node', 'npm error code E503', /out of order/],
  ['python', 'ERROR: HTTP error 502 while getting https://files.pythonhosted.org/x.whl', /out of order/],
  ['node', 'npm error code E401', /wants a login/],
  ['node', 'npm error code E403', /wants a login/],
  ['python', 'ERROR: 403 Client Error: Forbidden for url: https://mirror.home/simple/x/', /wants a login/],
  [
    'node',
    'npm error notarget No matching version found for left-pad@99.',
    'the index has no left-pad@99: correct the version in package.json',
  ],
  [
    'node',
    "npm error 404  The requested resource 'hairem-nonexistent-xyz@1' could not be found or you do not have permission to access it.",
    'the index has no hairem-nonexistent-xyz@1: correct the name in package.json',
  ],
  ['node', 'npm error code E404', /no such package/],
  ['node', 'npm error code ERESOLVE', /exclude each other.*overrides/],
  ['node', 'npm error code EINTEGRITY', /not what the lock file says/],
  [
    'node',
    'npm error `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync.',
    /say different things/,
  ],
  ['node', 'npm error code EBADENGINE', /another Node than 24/],
  ['node', 'npm error code EBADPLATFORM', /another system/],
  ['node', 'npm error code EOVERRIDE', /"overrides"/],
  ['node', 'npm error gyp ERR! find Python', /scripts never run/],
  ['node', 'npm error syscall spawn git ENOENT', /git is not there: .*compilers: true, sources/],
  ['node', 'npm error enoent An unknown git error occurred', /git is not there/],
  ['python', "ERROR: Cannot find command 'git' - do you have 'git' installed and in your PATH?", /git is not there/],
  [
    'python',
    '  src/lxml/etree.c:5:10: fatal error: Python.h: No such file or directory',
    `it is built from source, and Python's headers is not there: name a version that comes as a wheel, or ${GRANT}`,
  ],
  ['python', '  fatal error: libxml/xmlversion.h: No such file or directory', /the header libxml\/xmlversion\.h/],
  ['python', "  error: command 'gcc' failed: No such file or directory", /a compiler is not there/],
  ['python', "  error: command 'x86_64-linux-gnu-gcc' failed: No such file or directory", /a compiler/],
  ['python', "  unable to execute 'gcc': No such file or directory", /a compiler/],
  ['python', '  /bin/sh: 1: pkg-config: not found', /pkg-config/],
  ['python', "  error: can't find Rust compiler", /Rust/],
  ['python', '  Cargo, the Rust package manager, is not installed or is not on PATH.', /Rust/],
  ['python', '  CMake must be installed to build the following extensions: x', /CMake/],
  ['python', '  /usr/bin/ld: cannot find -lssl', /the library ssl/],
  [
    'python',
    'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have',
    /not what its hash says/,
  ],
  [
    'python',
    'ERROR: In --require-hashes mode, all requirements must have their versions pinned with ==. These do not:',
    /its version and its own hash/,
  ],
  [
    'python',
    'ERROR: Hashes are required in --require-hashes mode, but they are missing from some requirements here is a list',
    /each package needs its own/,
  ],
  [
    'python',
    'ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/en/latest/topics/dependency-resolution/',
    /exclude each other/,
  ],
  [
    'python',
    'ERROR: x-1.0-cp312-cp312-win_amd64.whl is not a supported wheel on this platform.',
    /another system, processor or Python/,
  ],
  ['python', "ERROR: Package 'x' requires a different Python: 3.11.7 not in '>=3.12'", /another Python than 3\.11/],
  [
    'python',
    'ERROR: Could not find a version that satisfies the requirement docopt==0.6.2 (from versions: none)',
    `the index has no docopt==0.6.2, or not as a wheel for Python 3.11: correct its name, or, where it is built from its source, ${GRANT}`,
  ],
  [
    'python',
    'ERROR: Could not find a version that satisfies the requirement idna==99.0 (from versions: 2.0, 2.1, 3.18, 3.19, 3.20)',
    `the index has no idna==99.0 as a wheel for Python 3.11, but 3.18, 3.19, 3.20: correct the version, or, where it is built from its source, ${GRANT}`,
  ],
  [
    'python',
    'ERROR: Ignored the following versions that require a different python version: 3.7 Requires-Python !=3.14.1,>=3.12',
    /another Python than 3\.11/,
  ],
  ['python', 'ERROR: No matching distribution found for docopt==0.6.2', /has no docopt==0\.6\.2, or not as a wheel/],
  ['python', 'ERROR: Failed building wheel for lxml', /lxml is built from source, and its build fails/],
];

describe('an install that failed says what to do', () => {
  for (const [runtime, printed, said] of CAUSES)
    test(`${runtime}: ${printed.slice(0, 100)}`, () => {
      const lines = ['Step 4/12 : RUN pip install', 'Collecting x', printed, 'The command returned a non-zero code: 1'];
      const cause = causeOf(lines, { agent: 'echo', runtime, compilers: false });
      if (typeof said === 'string') assert.equal(cause?.advice, said);
      else assert.match(cause?.advice ?? '', said);
      assert.equal(cause?.line, printed.length > 200 ? `${printed.slice(0, 199)}…` : printed);
    });
});

test('a version for another Python is told from one that is not there', () => {
  const lines = (version: string) => [
    'ERROR: Ignored the following versions that require a different python version: 3.7 Requires-Python >=3.12',
    `ERROR: Could not find a version that satisfies the requirement networkx==${version} (from versions: 3.5, 3.6, 3.6.1)`,
    `ERROR: No matching distribution found for networkx==${version}`,
  ];
  const said = (version: string) =>
    causeOf(lines(version), { agent: 'echo', runtime: 'python', compilers: true })?.advice;
  assert.equal(
    said('3.7'),
    'networkx==3.7 is for another Python than 3.11, which the image has: the index has 3.5, 3.6, 3.6.1 for it',
  );
  assert.equal(said('99'), 'the index has no networkx==99 for Python 3.11, but 3.5, 3.6, 3.6.1: correct the version');
});

test('what fits nothing is left in the words of the tool', () => {
  for (const line of ['ERROR: something new', 'npm error code ENEW', 'Step 3/9 : RUN npm ci', 'added 7 packages'])
    for (const runtime of ['python', 'node'] as const)
      assert.equal(causeOf([line], { agent: 'echo', runtime, compilers: false }), null, line);
});

test('with the grant nobody is told to grant it', () => {
  const install = { agent: 'echo', runtime: 'python', compilers: true } as const;
  for (const [runtime, printed] of CAUSES)
    if (runtime === 'python')
      assert.doesNotMatch(causeOf([printed], install)?.advice ?? '', /\{compilers: true\}/, printed);
});

test('an endless line costs no more than its beginning', () => {
  const lines = Array.from({ length: 500 }, () => `Requires-Python ${'fatal error: a/'.repeat(700)}`);
  assert.equal(typeof causeOf(lines, { agent: 'echo', runtime: 'python', compilers: false })?.advice, 'string');
});
