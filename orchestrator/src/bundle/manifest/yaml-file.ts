/**
 * YAML as plain JSON values with the place of each, under the rules of SECURITY.md: 64 KB, core schema, few aliases,
 * no merge keys (but for bundles of the in-process kind), no tags, unique keys, nothing like `__proto__`. Hostile text is refused before it costs time.
 */
import { type Document, isMap, Lexer, LineCounter, parseDocument } from 'yaml';
import type { Problem } from '../../domain/desired.ts';
import { readText } from '../../domain/text/read-text.ts';
import { LIMITS } from '../limits.ts';
import { describe, isObject, type JsonObject, type Path, pathText } from './json-value.ts';
import { type Conversion, convert, type Dialect, keyOf, problemAt } from './yaml-convert.ts';
import { whyNoMapping, yamlWords } from './yaml-errors.ts';

export interface YamlFile {
  file: string;
  /** Empty when the text is no mapping; then there are problems. */
  value: JsonObject;
  problems: Problem[];
  /** Warnings: words that mean something else than people who come from elsewhere may think. */
  habits: Problem[];
  problem(severity: Problem['severity'], path: Path, message: string): Problem;
  /** As `problem`, but points to the key itself. */
  keyProblem(severity: Problem['severity'], path: Path, message: string): Problem;
  lineOf(path: Path): number | null;
}

/**
 * @param asWritten keys whose numbers stay text (`Conversion.asWritten`)
 * @param dialect `1.1`: plain words are what PyYAML made of them, and merge keys merge
 */
export function readYaml(
  file: string,
  bytes: Uint8Array,
  asWritten: ReadonlySet<string> = new Set(),
  dialect: Dialect = '1.2',
): YamlFile {
  if (bytes.length > LIMITS.textBytes) return refused(file, `is larger than ${LIMITS.textBytes} bytes`);
  const reading = readText(bytes);
  if ('problem' in reading) return refused(file, reading.problem, reading.line);
  const { text } = reading;
  const tooMuch = structureProblem(text);
  if (tooMuch !== null) return refused(file, tooMuch);
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      customTags: null,
      resolveKnownTags: false,
      uniqueKeys: false, // quadratic in the library; checked in convertMap
      prettyErrors: false,
      logLevel: 'error',
      lineCounter: lines,
    });
  } catch {
    return refused(file, 'is nested too deeply');
  }
  return convertDocument({
    file,
    text,
    dialect,
    document,
    lines,
    habits: [],
    values: new Map(),
    keys: new Map(),
    problems: [],
    aliases: 0,
    asWritten,
  });
}

function convertDocument(conversion: Conversion): YamlFile {
  const { file, document, problems, lines, values, keys } = conversion;
  for (const error of [...document.errors, ...document.warnings].slice(0, LIMITS.problems)) {
    problems.push(problemAt(conversion, error.pos[0], '', yamlWords(error, conversion.text, error.pos[0])));
  }
  const root = problems.length === 0 || isMap(document.contents) ? convert(conversion, document.contents, []) : {};
  const value = isObject(root) ? root : {};
  if (problems.length === 0 && !isObject(root)) {
    const found = root === null ? 'it is empty' : `found ${describe(root)}`;
    const why = whyNoMapping(conversion.text);
    problems.push(problemAt(conversion, 0, '', `expected a mapping (key: value), ${found}${why ? `: ${why}` : ''}`));
  }
  const place = (offsets: Map<string, number>, path: Path) => offsets.get(keyOf(path)) ?? nearest(values, path);
  const make = (severity: Problem['severity'], offset: number | null, path: Path, message: string): Problem => ({
    ...problemAt(conversion, offset, pathText(path), message),
    severity,
  });
  return {
    file,
    value,
    problems,
    habits: conversion.habits,
    problem: (severity, path, message) => make(severity, place(values, path), path, message),
    keyProblem: (severity, path, message) => make(severity, place(keys, path), path, message),
    lineOf: (path) => {
      const offset = place(keys, path);
      return offset === null ? null : lines.linePos(offset).line;
    },
  };
}

/** What the parser would spend its time on, counted by the lexer alone, which is linear. */
function structureProblem(text: string): string | null {
  let tokens = 0;
  let depth = 0;
  let last = '';
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') depth++;
    if (token === ']' || token === '}') depth--;
    // Each would be an error of its own, and errors are what costs the parser most.
    if (token === ',' && last === ',') return 'has two commas in a row';
    if (token.trim() !== '') last = token;
    if (depth < 0) return `has a closing bracket with no opening one`;
    if (depth > LIMITS.yamlDepth) return `is nested deeper than ${LIMITS.yamlDepth} levels`;
    if (++tokens > LIMITS.yamlTokens) return `has more than ${LIMITS.yamlTokens} tokens; it is too complex`;
  }
  return null;
}

function refused(file: string, message: string, at: number | null = null): YamlFile {
  const problem = (severity: Problem['severity'], path: Path, text: string): Problem => ({
    severity,
    file,
    line: at,
    column: at === null ? null : 1,
    path: pathText(path),
    message: text,
  });
  return {
    file,
    value: {},
    problems: [problem('error', [], `${file} ${message}`)],
    habits: [],
    problem,
    keyProblem: problem,
    lineOf: () => null,
  };
}

/** The place of the innermost thing around a path that is not there itself. */
function nearest(offsets: Map<string, number>, path: Path): number | null {
  for (let length = path.length; length >= 0; length--) {
    const offset = offsets.get(keyOf(path.slice(0, length)));
    if (offset !== undefined) return offset;
  }
  return null;
}
