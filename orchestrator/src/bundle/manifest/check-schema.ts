/** Checks parsed YAML against a zod schema and says each problem with its place, what was expected and what was found. */
import type * as z from 'zod';
import type { Problem } from '../../domain/desired.ts';
import { describe, type JsonObject, type Path } from './json-value.ts';
import { boolWord } from './yaml-1-1.ts';

/** Below these keys a value may be private: problems name its kind only. */
const PRIVATE = new Set(['secrets', 'config', 'llm_config']);

export interface SchemaCheck<Schema extends z.ZodType> {
  schema: Schema;
  value: JsonObject;
  problemAt(path: Path, message: string): Problem;
}

/** @returns the parsed value, or null and at least one problem. */
export function checkSchema<Schema extends z.ZodType>({
  schema,
  value,
  problemAt,
}: SchemaCheck<Schema>): {
  parsed: z.output<Schema> | null;
  problems: Problem[];
} {
  const result = schema.safeParse(value);
  if (result.success) return { parsed: result.data, problems: [] };
  const problems = result.error.issues.map((issue) => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    return problemAt(path, `expected ${issue.message}, found ${found(value, path)}${hint(issue.message, value, path)}`);
  });
  return { parsed: null, problems };
}

/** `yes` is a text in YAML 1.2, and a word that people write. */
function hint(expected: string, root: JsonObject, path: Path): string {
  const value = valueAt(root, path);
  const meant = expected === 'true or false' && typeof value !== 'object' ? boolWord(String(value)) : null;
  return meant === null ? '' : `; write ${meant}`;
}

function valueAt(root: JsonObject, path: Path): unknown {
  let value: unknown = root;
  for (const part of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined;
  }
  return value;
}

function found(root: JsonObject, path: Path): string {
  const value = valueAt(root, path);
  const isPrivate = PRIVATE.has(String(path[0])) && ['string', 'number'].includes(typeof value);
  return isPrivate ? `a ${typeof value === 'string' ? 'text' : 'number'}` : describe(value);
}
