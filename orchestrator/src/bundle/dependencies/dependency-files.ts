/**
 * Which root files of a bundle are its dependencies: they key the shared dependency image and stay out of the code.
 * A file that asks for nothing is code: package.json says "type": "module" at run time.
 */

import type { Problem } from '../../domain/desired.ts';
import { wordsOf } from '../../domain/errors/error-text.ts';
import { parseJson } from '../../domain/text/json-text.ts';
import { readText } from '../../domain/text/read-text.ts';
import type { Runtime } from '../../domain/version.ts';
import { LIMITS } from '../limits.ts';
import { isObject } from '../manifest/json-value.ts';
import { lockComplaints, packageComplaints, scriptWarning } from './package-json.ts';
import { NODE_LOCKS } from './package-names.ts';
import type { BuildGrant, Complaint } from './package-sources.ts';
import { readRequirements } from './requirements.ts';

export const DEPENDENCY_FILES: Readonly<Record<Runtime, readonly string[]>> = {
  node: ['package.json', ...NODE_LOCKS],
  python: ['requirements.txt'],
};

const SDK = '@hairem/agent';
const INSTALLED = ['dependencies', 'optionalDependencies', 'peerDependencies'];
const LISTED = [...INSTALLED, 'devDependencies', 'bundledDependencies', 'bundleDependencies'];

export interface DependencyReading {
  /** Names of the files for `deps/`; empty when there is nothing to install. */
  files: string[];
  hasLock: boolean;
  problems: Problem[];
}

export interface DependencyText {
  runtime: Runtime;
  /** The root files of the bundle by name. */
  contents: ReadonlyMap<string, Uint8Array>;
  grant: BuildGrant;
}

export function readDependencies({ runtime, contents, grant }: DependencyText): DependencyReading {
  return runtime === 'node' ? readNode(contents, grant) : readPython(contents, grant);
}

const NOTHING: DependencyReading = { files: [], hasLock: false, problems: [] };

function readPython(contents: DependencyText['contents'], grant: BuildGrant): DependencyReading {
  const name = 'requirements.txt';
  const bytes = contents.get(name);
  if (bytes === undefined) return NOTHING;
  if (bytes.length > LIMITS.lockBytes) return { ...NOTHING, problems: [tooLarge(name, LIMITS.lockBytes)] };
  const { asks, hasHashes, complaints } = readRequirements(bytes, grant);
  return {
    files: asks ? [name] : [],
    hasLock: hasHashes,
    problems: shown(complaints).map((one) => toProblem(name, one)),
  };
}

function readNode(contents: DependencyText['contents'], grant: BuildGrant): DependencyReading {
  const name = 'package.json';
  const bytes = contents.get(name);
  if (bytes === undefined) return NOTHING;
  const read = readJson(name, bytes);
  if ('problem' in read) return { ...NOTHING, problems: [read.problem] };
  const { json, text } = read;
  const problems = sdkProblems(json, text);
  if (!INSTALLED.some((section) => isObject(json[section]) && Object.keys(json[section]).length > 0))
    return { ...NOTHING, problems };
  problems.push(
    ...shown(packageComplaints(json, grant)).map((one) => toProblem(name, { ...one, ...placeOf(text, one.path) })),
  );
  const lock = readLock(contents, grant);
  problems.push(...lock.problems);
  const files = lock.name === null ? [name] : [name, lock.name];
  return { files, hasLock: lock.name !== null, problems };
}

function readLock(
  contents: DependencyText['contents'],
  grant: BuildGrant,
): { name: string | null; problems: Problem[] } {
  const name = NODE_LOCKS.find((lock) => contents.has(lock));
  const bytes = name && contents.get(name);
  if (name === undefined || !bytes) return { name: null, problems: [] };
  const read = readJson(name, bytes, LIMITS.lockBytes);
  if ('problem' in read) return { name, problems: [read.problem] };
  const problems = shown(lockComplaints(read.json, grant)).map((one) => toProblem(name, one));
  const message = problems.length > 0 ? null : scriptWarning(read.json);
  const nowhere = { file: name, line: null, column: null, path: '' };
  return { name, problems: message === null ? problems : [{ severity: 'warning', ...nowhere, message }] };
}

type JsonReading = { json: Record<string, unknown>; text: string } | { problem: Problem };

function readJson(file: string, bytes: Uint8Array, limit: number = LIMITS.textBytes): JsonReading {
  if (bytes.length > limit) return { problem: tooLarge(file, limit) };
  const reading = readText(bytes);
  if ('problem' in reading)
    return { problem: toProblem(file, { line: reading.line, column: null, path: '', message: reading.problem }) };
  const { text } = reading;
  try {
    const json = parseJson(text);
    if (isObject(json)) return { json, text };
    return { problem: toProblem(file, { line: 1, column: 1, path: '', message: 'expected a mapping' }) };
  } catch (error) {
    const message = wordsOf(error);
    const place = placeInMessage(message);
    return { problem: toProblem(file, { ...place, path: '', message: `is not JSON: ${message.split('\n', 1)[0]}` }) };
  }
}

function sdkProblems(json: Record<string, unknown>, text: string): Problem[] {
  return LISTED.filter((section) => {
    const listed = json[section];
    return Array.isArray(listed) ? listed.includes(SDK) : isObject(listed) && Object.hasOwn(listed, SDK);
  }).map((section) => {
    const path = `${section}.${SDK}`;
    const message = `remove ${SDK}: the image has it, and with a second copy there would be two BaseAgents`;
    return toProblem('package.json', { ...placeOf(text, path), path, message });
  });
}

/** More are not looked for in the text. */
const shown = (complaints: readonly Complaint[]) => complaints.slice(0, LIMITS.problems + 1);

const tooLarge = (file: string, limit: number = LIMITS.textBytes) =>
  toProblem(file, { line: null, column: null, path: '', message: `is larger than ${limit} bytes` });

const toProblem = (file: string, complaint: Complaint): Problem => ({ severity: 'error', file, ...complaint });

type Place = Pick<Complaint, 'line' | 'column'>;

/** Of the last name of a path like `dependencies.left-pad`, where it stands after the first. */
function placeOf(text: string, path: string): Place {
  const [section = '', ...rest] = path.split('.');
  const sectionAt = Math.max(0, text.indexOf(`"${section}"`));
  const name = rest.join('.');
  return placeAt(text, name === '' ? sectionAt : text.indexOf(`"${name}"`, sectionAt));
}

function placeAt(text: string, offset: number): Place {
  if (offset < 0) return { line: null, column: null };
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** V8 says "… (line 3 column 5)". */
function placeInMessage(message: string): Place {
  const match = /line (\d+) column (\d+)/.exec(message);
  return match === null ? { line: null, column: null } : { line: Number(match[1]), column: Number(match[2]) };
}
