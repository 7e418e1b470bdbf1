/**
 * Which root files of a bundle are its dependencies: they key the shared dependency image and stay out of the code.
 * A file that asks for nothing is code: package.json says "type": "module" at run time.
 */
import type { Problem } from '../domain/desired.ts';
import { parseJson } from '../domain/json-text.ts';
import type { Runtime } from '../domain/version.ts';
import { isObject } from './json-value.ts';
import { LIMITS } from './limits.ts';

export const DEPENDENCY_FILES: Readonly<Record<Runtime, readonly string[]>> = {
  node: ['package.json', 'package-lock.json'],
  python: ['requirements.txt'],
};

const SDK = '@hairem/agent';
const INSTALLED = ['dependencies', 'optionalDependencies', 'peerDependencies'];
const LISTED = [...INSTALLED, 'devDependencies', 'bundledDependencies'];

export interface DependencyReading {
  /** Names of the files for `deps/`; empty when there is nothing to install. */
  files: string[];
  hasLock: boolean;
  problems: Problem[];
}

/** @param contents the root files of the bundle by name */
export function readDependencies(runtime: Runtime, contents: ReadonlyMap<string, Uint8Array>): DependencyReading {
  return runtime === 'node' ? readPackageJson(contents) : readRequirements(contents);
}

function readRequirements(contents: ReadonlyMap<string, Uint8Array>): DependencyReading {
  const text = new TextDecoder().decode(contents.get('requirements.txt') ?? new Uint8Array());
  const lines = text.split('\n').map((line) => line.trim());
  const asks = lines.some((line) => line !== '' && !line.startsWith('#'));
  const problems = lines.flatMap((line, index) => {
    const message = requirementFault(line);
    return message === null ? [] : [problem({ line: index + 1, column: 1 }, '', message, 'requirements.txt')];
  });
  return { files: asks ? ['requirements.txt'] : [], hasLock: /--hash=/.test(text), problems };
}

/** What pip could not find in the image, or would find and should not. */
function requirementFault(line: string): string | null {
  const other = /^(?:-[rce]\b|--(?:requirement|constraint|editable)\b|\.{0,2}\/|\.$|file:)/.exec(line);
  if (other)
    return `expected packages, found ${JSON.stringify(other[0])}: no other file of the bundle is there when they are installed`;
  if (/^hairem(?![\w.-])/i.test(line))
    return 'remove hairem: the image has it, and with a second copy there would be two BaseAgents';
  return null;
}

function readPackageJson(contents: ReadonlyMap<string, Uint8Array>): DependencyReading {
  const bytes = contents.get('package.json');
  const nothing = { files: [], hasLock: false };
  if (bytes === undefined) return { ...nothing, problems: [] };
  if (bytes.length > LIMITS.textBytes)
    return { ...nothing, problems: [problem(null, '', `is larger than ${LIMITS.textBytes} bytes`)] };
  const text = new TextDecoder().decode(bytes);
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'unknown error';
    return {
      ...nothing,
      problems: [problem(placeInMessage(message), '', `is not JSON: ${message.split('\n', 1)[0]}`)],
    };
  }
  if (!isObject(json)) return { ...nothing, problems: [problem({ line: 1, column: 1 }, '', 'expected a mapping')] };
  const has = (section: string) => isObject(json[section]) && Object.keys(json[section]).length > 0;
  const hasLock = contents.has('package-lock.json');
  const problems = sdkProblems(json, text);
  if (!INSTALLED.some(has)) return { ...nothing, problems };
  return { files: hasLock ? ['package.json', 'package-lock.json'] : ['package.json'], hasLock, problems };
}

function sdkProblems(json: Record<string, unknown>, text: string): Problem[] {
  return LISTED.filter((section) => {
    const listed = json[section];
    return Array.isArray(listed) ? listed.includes(SDK) : isObject(listed) && Object.hasOwn(listed, SDK);
  }).map((section) => {
    const sectionAt = Math.max(0, text.indexOf(`"${section}"`));
    const place = placeAt(text, text.indexOf(`"${SDK}"`, sectionAt));
    return problem(
      place,
      `${section}.${SDK}`,
      `remove ${SDK}: the image has it, and with a second copy there would be two BaseAgents`,
    );
  });
}

type Place = { line: number; column: number } | null;

function problem(place: Place, path: string, message: string, file = 'package.json'): Problem {
  return {
    severity: 'error',
    file,
    line: place?.line ?? null,
    column: place?.column ?? null,
    path,
    message,
  };
}

function placeAt(text: string, offset: number): Place {
  if (offset < 0) return null;
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** V8 says "… (line 3 column 5)". */
function placeInMessage(message: string): Place {
  const match = /line (\d+) column (\d+)/.exec(message);
  return match === null ? null : { line: Number(match[1]), column: Number(match[2]) };
}
