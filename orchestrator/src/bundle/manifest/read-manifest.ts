/** manifest.yaml and expert.yaml as one manifest (BUNDLE.md): merged, checked, every problem at once. Pure. */
import type { Problem } from '../../domain/desired.ts';
import type { SecretReference } from '../../domain/version.ts';
import { isMeantAsManifest, MANIFEST_FILES } from '../files/special-files.ts';
import { LIMITS } from '../limits.ts';
import { checkSchema } from './check-schema.ts';
import { isObject, type JsonObject, type Path } from './json-value.ts';
import { ENGINE_POWER_KEYS, MANIFEST_KEYS, type Manifest, manifestSchema, SECTION_KEYS } from './manifest-schema.ts';
import { didYouMean, normalise } from './suggest.ts';
import type { Dialect } from './yaml-convert.ts';
import { readYaml, type YamlFile } from './yaml-file.ts';

const AS_WRITTEN = new Set(['version', 'secrets.*']);

export interface ManifestReading {
  /** Null when there is an error among the problems. */
  manifest: Manifest | null;
  /** The `id` that it states, even when other keys are wrong. */
  statedId: string | null;
  /** Unknown keys, as they are. */
  extra: JsonObject;
  /** Top-level keys that are stated. */
  stated: ReadonlySet<string>;
  problems: Problem[];
  problemAt(severity: Problem['severity'], path: Path, message: string): Problem;
}

/** @param contents the root files of the bundle by name */
export function readManifest(contents: ReadonlyMap<string, Uint8Array>, dialect: Dialect = '1.2'): ManifestReading {
  const files = MANIFEST_FILES.flatMap((name) => {
    const bytes = contents.get(name);
    return bytes === undefined ? [] : [readYaml(name, bytes, AS_WRITTEN, dialect)];
  });
  const problems = files.flatMap((file) => file.problems);
  const { value, origin } = merge(files, problems);
  const fileOf = (path: Path) => origin.get(String(path[0])) ?? files[0];
  const problemAt = (severity: Problem['severity'], path: Path, message: string): Problem =>
    fileOf(path)?.problem(severity, path, message) ?? missing(contents, message);
  const keyAt: KeyProblem = (severity, path, message) =>
    fileOf(path)?.keyProblem(severity, path, message) ?? missing(contents, message);
  if (files.length === 0) problems.push(missing(contents, 'there is no manifest.yaml'));
  problems.push(...enginePowerProblems(value, keyAt));
  const { known, extra, warnings } = splitUnknown(value, keyAt);
  const checked = checkSchema({
    schema: manifestSchema,
    value: known,
    problemAt: (path, text) => problemAt('error', path, text),
  });
  problems.push(...warnings, ...checked.problems);
  problems.push(
    ...files.flatMap(({ habits }) => habits.filter(({ path }) => problems.every((one) => one.path !== path))),
  );
  const manifest = problems.some(({ severity }) => severity === 'error') ? null : checked.parsed;
  if (manifest !== null) problems.push(...secretWarnings(manifest, problemAt));
  const statedId = typeof value.id === 'string' ? value.id : null;
  return { manifest, statedId, extra, stated: new Set(Object.keys(known)), problems, problemAt };
}

type KeyProblem = (severity: Problem['severity'], path: Path, message: string) => Problem;

function merge(files: readonly YamlFile[], problems: Problem[]): { value: JsonObject; origin: Map<string, YamlFile> } {
  const value: JsonObject = {};
  const origin = new Map<string, YamlFile>();
  for (const file of files) {
    for (const [key, member] of Object.entries(file.value)) {
      const first = origin.get(key);
      if (first !== undefined) {
        const message = `"${key}" is also in ${first.file} on line ${first.lineOf([key])}; keep it in one of the two`;
        problems.push(file.keyProblem('error', [key], message));
      } else if (member !== null) {
        // A key without a value counts as not stated.
        value[key] = member;
        origin.set(key, file);
      }
    }
  }
  return { value, origin };
}

function missing(contents: ReadonlyMap<string, Uint8Array>, message: string): Problem {
  const lookalike = [...contents.keys()].find(isMeantAsManifest);
  const hint = lookalike === undefined ? '' : `; is "${lookalike}" meant to be it?`;
  return { severity: 'error', file: 'manifest.yaml', line: null, column: null, path: '', message: message + hint };
}

function enginePowerProblems(value: JsonObject, keyAt: KeyProblem): Problem[] {
  const power = new Set(ENGINE_POWER_KEYS.map(normalise));
  const sections = Object.keys(SECTION_KEYS).flatMap((section) => {
    const member = value[section];
    return isObject(member) ? Object.keys(member).map((key) => [section, key]) : [];
  });
  return [...Object.keys(value).map((key) => [key]), ...sections]
    .filter((path) => power.has(normalise(path.at(-1) ?? '')))
    .map((path) =>
      keyAt('error', path, `"${path.at(-1)}" asks for power over the container engine, which no bundle has; remove it`),
    );
}

function splitUnknown(
  value: JsonObject,
  keyAt: KeyProblem,
): { known: JsonObject; extra: JsonObject; warnings: Problem[] } {
  const known: JsonObject = {};
  const extra: JsonObject = {};
  const warnings: Problem[] = [];
  const warn = (path: Path, keys: readonly string[]) => {
    // No more are shown, and guessing what each of thousands was meant to be costs seconds.
    if (warnings.length > LIMITS.problems) return;
    const meant = didYouMean(String(path.at(-1)), keys);
    const hint = meant === null ? '' : `; did you mean "${meant}"?`;
    warnings.push(keyAt('warning', path, `unknown key "${path.at(-1)}", handed to the agent as it is${hint}`));
  };
  for (const [key, member] of Object.entries(value)) {
    if (MANIFEST_KEYS.includes(key)) known[key] = member;
    else {
      extra[key] = member;
      warn([key], MANIFEST_KEYS);
    }
    const section = SECTION_KEYS[key];
    if (section === undefined || !isObject(member)) continue;
    const unknown = Object.keys(member).filter((name) => !section.includes(name));
    for (const name of unknown) warn([key, name], section);
    if (unknown.length > 0) extra[key] = Object.fromEntries(unknown.map((name) => [name, member[name]]));
  }
  return { known, extra, warnings };
}

function secretWarnings({ secrets }: Manifest, problemAt: ManifestReading['problemAt']): Problem[] {
  return secretsOf(secrets)
    .filter(({ from }) => from.kind === 'literal')
    .map(({ name }) =>
      problemAt(
        'warning',
        ['secrets', name],
        `"${name}" is written out here, so it ends up in every backup; refer to a file or a variable`,
      ),
    );
}

/** The secrets that a manifest declares, without values. Resolving them is not part of reading a bundle. */
export function secretsOf(secrets: Manifest['secrets']): SecretReference[] {
  if (Array.isArray(secrets)) return secrets.map((name) => ({ name, from: { kind: 'name' } }));
  return Object.entries(secrets).map(([name, source]): SecretReference => {
    if (source === null) return { name, from: { kind: 'name' } };
    if (typeof source === 'object') return { name, from: { kind: 'file', file: source.file } };
    const variable = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(String(source))?.[1];
    return { name, from: variable === undefined ? { kind: 'literal' } : { kind: 'variable', variable } };
  });
}

/** The values of those that are written out. */
export function literalsOf(secrets: Manifest['secrets']): Record<string, string> {
  if (Array.isArray(secrets)) return {};
  const literal = new Set(secretsOf(secrets).flatMap(({ name, from }) => (from.kind === 'literal' ? [name] : [])));
  return Object.fromEntries(
    Object.entries(secrets).flatMap(([name, value]) => (literal.has(name) ? [[name, String(value)]] : [])),
  );
}

/** The `id` line of a manifest that may not parse: a broken manifest must not make its running agent look removed. */
export function guessStatedId(contents: readonly (Uint8Array | null)[]): string | null {
  for (const bytes of contents) {
    const text = bytes === null ? '' : new TextDecoder().decode(bytes);
    const match = /^id:[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#][^#\n]*))/m.exec(text);
    const id = (match?.[1] ?? match?.[2] ?? match?.[3])?.trim();
    if (id) return id;
  }
  return null;
}
