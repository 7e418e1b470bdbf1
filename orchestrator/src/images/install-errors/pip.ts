/** What pip says of packages, and of those that it builds from source (install-errors/explain.ts). */
import { type Cause, type FailedInstall, granted } from './known-error.ts';

/** Of the base image. */
const PYTHON = '3.11';

/** Without the grant nothing is compiled, so a text like this is of a package's own. */
const missing = (what: string) => (install: FailedInstall) =>
  install.compilers
    ? `it is built from source with ${what}, which is not there: name a version that comes as a wheel`
    : `it is built from source, and ${what} is not there: name a version that comes as a wheel, or ${granted(install)}`;

export const PIP_CAUSES: readonly Cause[] = [
  // Building from source.
  { line: /Python\.h: No such file/, says: missing("Python's headers") },
  {
    line: /fatal error: ([\w./-]{1,100}\.h(?:pp)?): No such file/,
    says: (install, [, header]) => missing(`the header ${header}`)(install),
  },
  {
    line: /pkg-config(?: script could not be found|: not found)|'pkg-config'|Did you install pkg-config/i,
    says: missing('pkg-config, or a library that it would find,'),
  },
  {
    line: /(?:can't find|requires|install) (?:a )?Rust|rustup|cargo(?:, the Rust package manager|: not found)|rustc.*not found/i,
    says: missing('Rust'),
  },
  {
    line: /CMake must be installed|cmake: not found|Could not find.*CMake|'cmake'/i,
    says: missing('CMake'),
  },
  { line: /(?:ninja|meson): not found|Could not find.*ninja/i, says: missing('ninja') },
  { line: /gfortran.*not found|No Fortran compiler/i, says: missing('a Fortran compiler') },
  {
    line: /cannot find -l(\w{1,50})/,
    says: (install, [, library]) => missing(`the library ${library}`)(install),
  },
  {
    line: /(?:gcc|cc|g\+\+|c\+\+|clang|make)'?(?: failed: No such file|: (?:command )?not found)|unable to execute '?\S*(?:gcc|cc)|No such file or directory: '(?:\S*gcc|\S*cc|make)'|compiler cannot/i,
    says: missing('a compiler'),
  },
  // pip.
  {
    line: /DO NOT MATCH THE HASHES/,
    says: 'a package is not what its hash says: write requirements.txt anew, and look at what has changed',
  },
  {
    line: /require-hashes mode, all requirements must have their versions pinned/,
    says: 'with hashes each package needs its version and its own hash, also those that others bring along: `uv pip compile --generate-hashes` writes them',
  },
  {
    line: /Hashes are required in --require-hashes mode/,
    says: 'with hashes each package needs its own, also those that others bring along: `uv pip compile --generate-hashes` writes them',
  },
  {
    line: /ResolutionImpossible|conflicting dependencies/,
    says: 'packages want versions of another that exclude each other: change versions in requirements.txt',
  },
  {
    line: /is not a supported wheel on this platform/,
    says: `a wheel is for another system, processor or Python than ${PYTHON}`,
  },
  {
    line: /Could not find a version that satisfies the requirement (\S+).*\(from versions: none\)/,
    says: (install, [, what]) =>
      install.compilers
        ? `the index has no ${what} for Python ${PYTHON}: correct its name`
        : `the index has no ${what}, or not as a wheel for Python ${PYTHON}: correct its name, or, where it is built from its source, ${granted(install)}`,
  },
  {
    line: /Could not find a version that satisfies the requirement (\S+).*\(from versions: (.*)\)/,
    says: noSuchVersion,
  },
  {
    line: /requires a different Python|Requires-Python (?!.*from versions)/,
    says: `a version is for another Python than ${PYTHON}, which the image has: name one that is for it`,
  },
  {
    line: /No matching distribution found for (\S+)/,
    says: (install, [, what]) =>
      `the index has no ${what}${install.compilers ? '' : `, or not as a wheel; for one that is built from its source, ${granted(install)}`}`,
  },
  {
    line: /Failed building wheel for (\S+)|Failed to build (\S+)/,
    says: (_, [, one, other]) =>
      `${one ?? other} is built from source, and its build fails; \`hairem logs\` has all of it: name a version that comes as a wheel`,
  },
  {
    line: /metadata-generation-failed|subprocess-exited-with-error/,
    says: 'a package is built from source, and its build fails; `hairem logs` has all of it: name a version that comes as a wheel',
  },
  {
    line: /No matching index|Invalid requirement/,
    says: 'requirements.txt names a package in a way that pip does not take',
  },
];
const newest = (versions: string) => versions.split(', ').slice(-3).join(', ');

function noSuchVersion(
  install: FailedInstall,
  [, what = '', versions = '']: RegExpExecArray,
  lines: readonly string[],
) {
  const wanted = `${what.split('==')[1]} Requires-Python`;
  if (lines.some((line) => line.includes(': Ignored ') && line.includes(wanted)))
    return `${what} is for another Python than ${PYTHON}, which the image has: the index has ${newest(versions)} for it`;
  const [kind, grant] = install.compilers
    ? ['', '']
    : [' as a wheel', `, or, where it is built from its source, ${granted(install)}`];
  return `the index has no ${what}${kind} for Python ${PYTHON}, but ${newest(versions)}: correct the version${grant}`;
}
