/**
 * The nodes of a YAML document as plain JSON values, written by hand rather than by the library so that aliases stay
 * few, keys unique and harmless, and the place of every value is known.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type ParsedNode } from 'yaml';
import type { Problem } from '../../domain/desired.ts';
import { LIMITS } from '../limits.ts';
import { isObject, type JsonObject, type Path, pathText } from './json-value.ts';
import { habitOf, readYaml11 } from './yaml-1-1.ts';
import { TEMPLATE } from './yaml-errors.ts';
import { readNumber } from './yaml-number.ts';

export type Dialect = '1.1' | '1.2';

export interface Conversion {
  file: string;
  text: string;
  /** `1.1`: for bundles of the in-process kind. */
  dialect: Dialect;
  document: Document.Parsed;
  lines: LineCounter;
  /** Offsets of values and of keys, by path. */
  values: Map<string, number>;
  keys: Map<string, number>;
  problems: Problem[];
  /** Warnings of words that may mean something else to those who wrote them. */
  habits: Problem[];
  aliases: number;
  /** Top-level keys whose numbers stay text as written: `version: 1.10`, and `secrets.*` for all right below one. */
  asWritten: ReadonlySet<string>;
}

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

export function convert(conversion: Conversion, node: ParsedNode | null, path: Path): unknown {
  if (node === null) return null;
  conversion.values.set(keyOf(path), node.range[0]);
  if (path.length > LIMITS.yamlDepth)
    return complain(conversion, node, path, `is nested deeper than ${LIMITS.yamlDepth} levels`);
  if (isAlias(node)) return convertAlias(conversion, node, path);
  if (conversion.text.startsWith('{{', node.range[0])) return complain(conversion, node, path, TEMPLATE);
  if (isMap(node)) return convertMap(conversion, node, path);
  if (isSeq(node)) return node.items.map((item, index) => convert(conversion, item, [...path, index]));
  if (!isScalar(node)) return complain(conversion, node, path, 'is not a value');
  const { value, source = '' } = node;
  if (node.type === 'PLAIN' && conversion.dialect === '1.1') return convertPlain11(conversion, node, path);
  if (isAsWritten(value, path, conversion)) return source;
  if (node.type === 'PLAIN' && typeof value === 'string') noteHabit(conversion, node, path);
  if (typeof value !== 'number') return value;
  const reading = readNumber(source, value);
  return 'value' in reading ? reading.value : complain(conversion, node, path, reading.problem);
}

/** As the in-process hAIrem read it. */
function convertPlain11(conversion: Conversion, node: ParsedNode, path: Path): unknown {
  const source = isScalar(node) ? (node.source ?? '') : '';
  const value = readYaml11(source);
  if (isAsWritten(value, path, conversion)) return source;
  if (!Number.isNaN(value)) return value;
  return complain(conversion, node, path, 'is not a finite number, or more than a number can hold: write it in quotes');
}

function noteHabit(conversion: Conversion, node: ParsedNode, path: Path): void {
  const source = isScalar(node) ? (node.source ?? '') : '';
  const habit = conversion.habits.length < LIMITS.problems ? habitOf(source) : null;
  if (habit === null) return;
  const problem = problemAt(conversion, node.range[0], pathText(path), habit);
  conversion.habits.push({ ...problem, severity: 'warning' });
}

/** Of what lies below a key, such as the secrets, `true` is a text, too. */
function isAsWritten(value: unknown, path: Path, { asWritten }: Conversion): boolean {
  if (typeof value === 'number' && path.length === 1) return asWritten.has(String(path[0]));
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  return isScalar && path.length === 2 && asWritten.has(`${path[0]}.*`);
}

function convertAlias(conversion: Conversion, node: ParsedNode, path: Path): unknown {
  if (!isAlias(node)) return null;
  if (++conversion.aliases > LIMITS.yamlAliases)
    return complain(conversion, node, path, `more than ${LIMITS.yamlAliases} aliases`);
  const target = node.resolve(conversion.document);
  if (target === undefined) return complain(conversion, node, path, `no anchor named "${node.source}"`);
  return convert(conversion, target as ParsedNode, path);
}

function convertMap(conversion: Conversion, node: ParsedNode, path: Path): JsonObject {
  const value: JsonObject = {};
  const merged: unknown[] = [];
  if (!isMap(node)) return value;
  for (const { key, value: member } of node.items) {
    const name = keyName(key);
    const here = [...path, name ?? ''];
    const offset = key?.range[0] ?? node.range[0];
    const wrong = keyProblemOf(conversion, name, keyOf(here), value);
    if (wrong !== null || name === null) {
      conversion.problems.push(problemAt(conversion, offset, pathText(here), wrong ?? 'a key must be a text'));
      continue;
    }
    conversion.keys.set(keyOf(here), offset);
    // A key with nothing behind it has no node of its own.
    conversion.values.set(keyOf(here), offset);
    if (name === '<<') merged.push(convert(conversion, member, here));
    else value[name] = convert(conversion, member, here);
  }
  for (const one of merged.flat()) mergeInto(value, one);
  return value;
}

/** What is stated stands before what is merged, and an earlier mapping before a later one. */
function mergeInto(value: JsonObject, merged: unknown): void {
  if (!isObject(merged)) return;
  for (const [key, member] of Object.entries(merged)) if (!Object.hasOwn(value, key)) value[key] = member;
}

function keyProblemOf(
  { keys, lines, dialect }: Conversion,
  name: string | null,
  key: string,
  value: JsonObject,
): string | null {
  if (name === null) return 'a key must be a text';
  if (FORBIDDEN_KEYS.has(name)) return `the key "${name}" is not allowed`;
  if (name === '<<') return dialect === '1.1' ? null : 'merge keys (<<) are not read here; write the keys out';
  if (!Object.hasOwn(value, name)) return null;
  return `the key "${name}" is there twice, first on line ${lines.linePos(keys.get(key) ?? 0).line}`;
}

function keyName(key: ParsedNode | null): string | null {
  if (!isScalar(key)) return null;
  if (typeof key.value === 'string') return key.value;
  return typeof key.value === 'number' || typeof key.value === 'boolean' ? (key.source ?? String(key.value)) : null;
}

function complain(conversion: Conversion, node: ParsedNode, path: Path, message: string): null {
  conversion.problems.push(problemAt(conversion, node.range[0], pathText(path), message));
  return null;
}

export function problemAt({ file, lines }: Conversion, offset: number | null, path: string, message: string): Problem {
  const place = offset === null ? null : lines.linePos(offset);
  return { severity: 'error', file, line: place?.line || null, column: place?.col || null, path, message };
}

export const keyOf = (path: Path) => JSON.stringify(path);
