/** What npm says of packages (install-errors/explain.ts). */
import type { Cause } from './known-error.ts';

/** Of the base image. */
const NODE = 24;

export const NPM_CAUSES: readonly Cause[] = [
  {
    line: /notarget No matching version found for (\S+?)\.?$/,
    says: (_, [, what]) => `the index has no ${what}: correct the version in package.json`,
  },
  { line: /code ETARGET/, says: 'the index has no such version: correct it in package.json' },
  {
    line: /The requested resource '([^']+)' could not be found/,
    says: (_, [, what]) => `the index has no ${what}: correct the name in package.json`,
  },
  {
    line: /code E404|404 Not Found/,
    says: 'the index has no such package: correct its name in package.json',
  },
  {
    line: /code ERESOLVE/,
    says: 'packages want versions of another that exclude each other: change versions in package.json, or say in "overrides" which it is',
  },
  {
    line: /code EINTEGRITY/,
    says: 'a package is not what the lock file says: write it anew with `npm install --package-lock-only`, and look at what has changed',
  },
  {
    line: /npm ci` can only install|code EUSAGE/,
    says: 'package.json and its lock file say different things: `npm install --package-lock-only` writes it anew',
  },
  {
    line: /code EBADENGINE|notsup Unsupported engine/,
    says: `a package is for another Node than ${NODE}, which the image has: name a version that is for it`,
  },
  {
    line: /code EBADPLATFORM|notsup Unsupported platform/,
    says: 'a package is for another system than Linux, or another processor: move it to "optionalDependencies", or take it out',
  },
  {
    line: /code EOVERRIDE/,
    says: '"overrides" and the dependencies of package.json say different versions',
  },
  {
    line: /code EINVALIDPACKAGENAME|code EINVALIDTAGNAME|code EUNSUPPORTEDPROTOCOL/,
    says: 'package.json names a package in a way that npm does not take',
  },
  {
    line: /gyp ERR!|node-gyp/,
    says: 'a package is compiled by its install script, and scripts never run: name one that comes compiled (with prebuilt binaries, or in plain JavaScript)',
  },
];
