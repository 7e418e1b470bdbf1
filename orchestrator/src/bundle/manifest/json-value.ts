/** JSON values as they are read from YAML, and how they and their places are said in a line of text. */

export type Path = readonly (string | number)[];
export type JsonObject = Record<string, unknown>;

/** `skills[0].name` */
export function pathText(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value in a few words, for "expected …, found …". */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value !== 'string') return `${typeof value} ${String(value)}`;
  return value.length <= 40 ? `text ${JSON.stringify(value)}` : 'a long text';
}
