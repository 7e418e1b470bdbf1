/**
 * The arguments that a language model gives to a skill, read as the skill's JSON Schema says where that loses nothing:
 * models write "60" for 60, null for what they leave out, one value for a list of one. What cannot be read is told to the
 * model. Pure; `contract/parameters.json` holds both SDKs to it.
 */
import type { JsonObject } from '../agent-host.ts';
import { readAsWritten } from '../json-text.ts';
import { isFields } from '../message.ts';
import { asPlain, isKind, KINDS, type Kind } from './plain-values.ts';

/** What a value is read as, or what is wrong with it. */
type Read = { value: unknown } | { wrong: string };

/** How deep schemas may refer to each other without a value in between. */
const MOST_STEPS = 32;
const MOST_PROBLEMS = 5;
/** What models write in the place of a value that is not there. */
const NOTHING: ReadonlySet<unknown> = new Set(['null', 'none', 'undefined']);
const EXPECTED: Readonly<Record<Kind, string>> = {
  null: 'null',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  string: 'a text',
};

/** @returns the arguments, or a text that says what the model can mend */
export function readParameters(args: JsonObject, schema: JsonObject): JsonObject | string {
  const read = new Reading(schema).object(args, { schema, path: '', steps: 0 });
  return 'wrong' in read ? `error: ${read.wrong}` : (read.value as JsonObject);
}

interface Place {
  schema: unknown;
  path: string;
  steps: number;
}

class Reading {
  readonly #root: JsonObject;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  object(value: JsonObject, { schema, path, steps }: Place & { schema: JsonObject }): Read {
    const properties = isFields(schema.properties) ? schema.properties : {};
    const required = new Set(Array.isArray(schema.required) ? schema.required : []);
    const problems: string[] = [];
    const read: [string, unknown][] = [];
    for (const [name, given] of Object.entries(value)) {
      const at = path === '' ? name : `${path}.${name}`;
      const own = Object.hasOwn(properties, name) ? this.#resolved(properties[name]) : undefined;
      if (!required.has(name) && isAbsent(given, own ?? (schema.additionalProperties === false ? {} : null))) continue;
      if (own === undefined) {
        if (schema.additionalProperties === false) problems.push(unknown(at, Object.keys(properties)));
        else read.push([name, given]);
        continue;
      }
      const one = this.value(given, { schema: own, path: at, steps });
      if ('wrong' in one) problems.push(one.wrong);
      else read.push([name, one.value]);
    }
    const there = new Set(read.map(([name]) => name));
    const missing = [...required].filter((name) => !there.has(String(name)) && !Object.hasOwn(value, String(name)));
    for (const name of missing) problems.push(`${path === '' ? '' : `${path}.`}${String(name)} is missing`);
    if (problems.length > 0) return { wrong: problems.slice(0, MOST_PROBLEMS).join('; ') };
    return { value: Object.fromEntries(read) };
  }

  value(given: unknown, { schema, path, steps }: Place): Read {
    const own = this.#resolved(schema);
    if (!isFields(own) || steps > MOST_STEPS) return { value: given };
    const place = { schema: own, path, steps: steps + 1 };
    const choices = [own.anyOf, own.oneOf].find(Array.isArray);
    if (choices) return this.#oneOf(given, choices as unknown[], place);
    const [first] = Array.isArray(own.allOf) ? own.allOf : [];
    if (first !== undefined && kindsOf(own).length === 0) return this.value(given, { ...place, schema: first });
    return chosen(this.#asKinds(given, place), own, path);
  }

  /** What fits as it is wins; then the first as which it can be read. */
  #oneOf(given: unknown, choices: readonly unknown[], place: Place): Read {
    const reads = choices.map((schema) => this.value(given, { ...place, schema }));
    const good = reads.filter((read) => 'value' in read);
    const same = good.find(({ value }) => JSON.stringify(value) === JSON.stringify(given));
    const [wrong] = reads;
    return same ?? good[0] ?? wrong ?? { value: given };
  }

  #asKinds(given: unknown, place: Place & { schema: JsonObject }): Read {
    const kinds = kindsOf(place.schema);
    if (kinds.length === 0) return { value: given };
    const as = KINDS.filter((kind) => kinds.includes(kind));
    const native = as.find((kind) => isKind(given, kind));
    for (const kind of native ? [native] : as) {
      const read = this.#as(kind, given, place);
      if (read) return read;
    }
    const wanted = as.map((kind) => EXPECTED[kind]).join(' or ');
    return { wrong: `${place.path} must be ${wanted}, not ${shown(given)}` };
  }

  /** @returns null where it cannot be read as this without a loss */
  #as(kind: Kind, given: unknown, place: Place & { schema: JsonObject }): Read | null {
    if (kind === 'array') return this.#asList(given, place);
    if (kind === 'object') {
      const fields = typeof given === 'string' ? readAsWritten(given) : given;
      return isFields(fields) ? this.object(fields, place) : null;
    }
    const value = asPlain(kind, given);
    return value === undefined ? null : { value };
  }

  /** One value is a list of one. */
  #asList(given: unknown, place: Place & { schema: JsonObject }): Read | null {
    if (given === null) return null;
    const parsed = typeof given === 'string' ? readAsWritten(given) : given;
    const list: readonly unknown[] = Array.isArray(parsed) ? parsed : [given];
    const { schema, path, steps } = place;
    const reads = list.map((one, at) => this.value(one, { schema: schema.items, path: `${path}[${at}]`, steps }));
    const wrong = reads.find((read) => 'wrong' in read);
    return wrong ?? { value: reads.map((read) => ('value' in read ? read.value : null)) };
  }

  /** `{"$ref": "#/$defs/lamp"}`, within the schema itself. */
  #resolved(schema: unknown): unknown {
    let found = schema;
    for (let steps = 0; steps < MOST_STEPS && isFields(found) && typeof found.$ref === 'string'; steps += 1) {
      const [start, ...names] = found.$ref.split('/');
      const part = (from: unknown, name: string) =>
        isFields(from) && Object.hasOwn(from, name) ? from[name] : undefined;
      found = start === '#' ? names.reduce(part, this.#root as unknown) : undefined;
    }
    return found;
  }
}

/** Null and "" of an optional parameter say that it is not there, unless its schema knows them. */
function isAbsent(given: unknown, schema: unknown): boolean {
  if (schema === null || (given !== null && typeof given !== 'string')) return false;
  const own = isFields(schema) ? schema : {};
  if (Array.isArray(own.enum) && own.enum.includes(given)) return false;
  if (given === null) return !allowsNull(own);
  const text = given.trim();
  return text === '' || (NOTHING.has(text.toLowerCase()) && isNoText(own));
}

const choicesOf = ({ anyOf, oneOf }: JsonObject): unknown[] => [anyOf, oneOf].find(Array.isArray) ?? [];

function allowsNull(schema: unknown): boolean {
  if (!isFields(schema)) return false;
  return schema.nullable === true || kindsOf(schema).includes('null') || choicesOf(schema).some(allowsNull);
}

function isNoText(schema: JsonObject): boolean {
  const kinds = [schema, ...choicesOf(schema).filter(isFields)].flatMap(kindsOf);
  return kinds.length > 0 && !kinds.includes('string');
}

function kindsOf({ type, properties, items }: JsonObject): Kind[] {
  const said: unknown[] = Array.isArray(type) ? type : [type];
  const known = KINDS.filter((kind) => said.includes(kind));
  if (known.length > 0) return known;
  return isFields(properties) ? ['object'] : isFields(items) ? ['array'] : [];
}

function chosen(read: Read, { enum: known, const: only }: JsonObject, path: string): Read {
  const choices: unknown[] = Array.isArray(known) ? known : only === undefined ? [] : [only];
  if ('wrong' in read || choices.length === 0) return read;
  const text = JSON.stringify(read.value);
  if (choices.some((one) => JSON.stringify(one) === text)) return read;
  return {
    wrong: `${path} must be one of ${choices.map((one) => JSON.stringify(one)).join(', ')}, not ${shown(read.value)}`,
  };
}

function unknown(path: string, known: readonly string[]): string {
  return `there is no parameter ${path} (there are: ${known.join(', ') || 'none'})`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
