/** What the root files of a bundle say, all read together: manifest, persona, runtime, dependencies. Pure. */
import { isAgentId, toAgentId } from '../domain/agent.ts';
import type { Problem } from '../domain/desired.ts';
import type { Grant, Grants } from '../domain/grants.ts';
import { isIndexesAgent } from '../domain/labels.ts';
import type { Runtime } from '../domain/version.ts';
import type { ResourcePlaces } from './check-ceilings.ts';
import { LOGIC_FILES } from './code/check-logic.ts';
import { DEPENDENCY_FILES, type DependencyReading, readDependencies } from './dependencies/dependency-files.ts';
import { ASKING_FILES, unreadProblems } from './dependencies/unread-files.ts';
import { isMeantAsManifest, MANIFEST_FILES } from './files/special-files.ts';
import type { WalkedFolder } from './files/walked.ts';
import { isInProcess, PYTHON_LOGIC } from './in-process.ts';
import type { JsonObject } from './manifest/json-value.ts';
import type { Manifest, Persona } from './manifest/manifest-schema.ts';
import { type ManifestReading, readManifest } from './manifest/read-manifest.ts';
import { PERSONA_FILE, readPersona } from './manifest/read-persona.ts';

/** Root files that are read whole before anything is copied. */
export const DESCRIBING_FILES: ReadonlySet<string> = new Set([
  ...MANIFEST_FILES,
  PERSONA_FILE,
  ...DEPENDENCY_FILES.node,
  ...DEPENDENCY_FILES.python,
  ...ASKING_FILES,
  PYTHON_LOGIC,
]);

/** Root files that are never part of the code. */
export const NOT_CODE: ReadonlySet<string> = new Set([...MANIFEST_FILES, PERSONA_FILE, '.hairemignore']);

export interface Description {
  /** The id as spelt, in the manifest or by the folder. */
  spelling: string;
  runtime: Runtime;
  /** Written for the in-process hAIrem. */
  inProcess: boolean;
  /** Null when there is an error among the problems. */
  manifest: Manifest | null;
  extra: JsonObject;
  persona: Persona | null;
  personaValue: JsonObject | null;
  dependencies: DependencyReading;
  /** What its dependencies may be built with and come from. */
  build: Grant['build'];
  places: ResourcePlaces;
  problems: Problem[];
}

export interface BundleText {
  folder: string;
  root: WalkedFolder;
  contents: ReadonlyMap<string, Uint8Array>;
  grants: Grants;
}

export function describeBundle({ folder, root, contents, grants }: BundleText): Description {
  const inProcess = isInProcess(root, contents);
  const dialect = inProcess ? '1.1' : '1.2';
  const reading = readManifest(withLookalikes(root, contents), dialect);
  const persona = readPersona(contents.get(PERSONA_FILE), dialect);
  const logic = LOGIC_FILES.filter((name) => root.files.some((file) => file.name === name));
  const runtime = reading.manifest?.runtime ?? (logic.includes('logic.py') ? 'python' : 'node');
  const spelling = reading.statedId ?? folder;
  const agent = toAgentId(spelling);
  const { build } = grants(agent);
  const dependencies = readDependencies({ runtime, contents, grant: { agent, build } });
  const problems = [
    ...reading.problems,
    ...persona.problems,
    ...dependencies.problems,
    ...unreadProblems({ root, contents, runtime, grant: { agent, build } }),
    ...idProblems(spelling, reading),
    ...logicProblems(logic, reading),
    ...(inProcess ? [] : driverWarnings(root, reading)),
  ];
  const isValid = problems.every(({ severity }) => severity !== 'error');
  return {
    spelling,
    runtime,
    inProcess,
    dependencies,
    build,
    places: {
      memory: reading.problemAt('error', ['resources', 'memory'], ''),
      cpus: reading.problemAt('error', ['resources', 'cpus'], ''),
      pids: reading.problemAt('error', ['resources', 'pids'], ''),
    },
    problems,
    manifest: isValid ? reading.manifest : null,
    extra: reading.extra,
    persona: persona.persona,
    personaValue: persona.value,
  };
}

/** `manifest.yml` and the like are not read, but a missing manifest is explained by them. */
function withLookalikes(root: WalkedFolder, contents: BundleText['contents']): Map<string, Uint8Array> {
  const lookalikes = root.files.filter(({ name }) => !contents.has(name) && isMeantAsManifest(name));
  return new Map([...contents, ...lookalikes.map(({ name }): [string, Uint8Array] => [name, new Uint8Array()])]);
}

function idProblems(spelling: string, { statedId, problemAt }: ManifestReading): Problem[] {
  const id = toAgentId(spelling);
  if (isAgentId(id) && !isIndexesAgent(id)) return [];
  const source = statedId === null ? 'the folder name' : 'id';
  const rule = 'expected at most 40 letters a-z, digits and - (not first or last), and no reserved name';
  return [problemAt('error', ['id'], `${rule}, found ${source} ${JSON.stringify(spelling.slice(0, 60))}`)];
}

function logicProblems(logic: readonly string[], { manifest, problemAt }: ManifestReading): Problem[] {
  const [first, second] = logic;
  if (first === undefined) return [];
  if (second !== undefined) {
    const message = `expected one logic file, found ${logic.join(' and ')}; remove all but one`;
    return [{ severity: 'error', file: second, line: null, column: null, path: '', message }];
  }
  const own = first === 'logic.py' ? 'python' : 'node';
  if (manifest?.runtime === undefined || manifest.runtime === own) return [];
  return [problemAt('error', ['runtime'], `expected ${own} because of ${first}, found ${manifest.runtime}`)];
}

function driverWarnings(root: WalkedFolder, { manifest, stated, problemAt }: ManifestReading): Problem[] {
  const driver = root.folders.find(({ name }) => name === 'drivers' || name === 'lib');
  if (driver === undefined || manifest === null || stated.has('network')) return [];
  const message = `${driver.name}/ may need the network, and this agent has none; add the line "network: {egress: internet}", or "network: {egress: none}" to say that it does not`;
  return [problemAt('warning', ['network'], message)];
}
