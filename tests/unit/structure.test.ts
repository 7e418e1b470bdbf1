/** Holds the tree to its shape: imports run one way, each library has one place, every file says what it is for. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CORE = 'orchestrator/src/';
const SDK = 'agent-base-image/typescript/src/';
/** Sources of the product may have fewer lines than tests. */
const MAX_LINES = 300;
const MAX_SOURCE_LINES = 250;
/** Files that one folder may hold, so that its list is read at a look. */
const FILES = { fewest: 2, most: 16 };

/**
 * What each part of the orchestrator may import besides itself. A part is a folder with all that is in it, but for the
 * folders in it that are named here themselves: those stand alone. Who is in nobody's list (engine, bus, credentials,
 * process, services/llm/provider, store/surreal) is known to composition roots alone: the others get it by a port.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  // What everything stands on.
  domain: [],
  async: ['domain'],
  ignored: [],
  // From a folder to a plan.
  watch: ['domain', 'ignored'],
  bundle: ['domain', 'ignored', 'watch'],
  grants: ['domain', 'bundle'],
  trust: ['domain'],
  secrets: ['domain'],
  plan: ['domain'],
  // From a plan to a container that acts.
  images: ['domain', 'async', 'ignored', 'bundle'],
  rollout: ['domain', 'async', 'plan'],
  reconcile: ['domain', 'async', 'plan', 'rollout', 'rpc', 'bus/limits'],
  // What is shown and kept of it.
  registry: ['domain', 'async'],
  history: ['domain', 'async', 'rpc'],
  api: ['domain'],
  redact: ['domain', 'async'],
  // Between processes.
  rpc: ['domain', 'async'],
  'bus/limits': ['domain', 'async'],
  services: ['domain', 'async', 'rpc', 'surql'],
  'services/llm/answer': ['domain'],
  surql: ['domain'],
  store: ['domain', 'async'],
  gate: ['domain', 'bundle', 'images'],
  'index-proxy': [],
  // The way out: what knows a library, a file or a server.
  engine: ['domain', 'async'],
  bus: ['domain', 'async', 'credentials'],
  credentials: ['domain'],
  process: ['domain'],
  'services/llm/provider': ['domain', 'async', 'services/llm/answer'],
  'store/surreal': ['domain', 'async'],
};

/** These wire the rest together: they may import anything. */
const COMPOSITION_ROOTS = [
  /^(main|init|init-rotation)\.ts$/,
  /^start\//,
  /^cli\//,
  /^(gate|services|store)\/main\.ts$/,
  /^(services\/open-stores|store\/child)\.ts$/,
  /^domain\/messages\/generate-contract\.ts$/,
];

/** The one folder, and where it says so the one file, that may know a library. */
const PLACE_OF: Readonly<Record<string, { folder: string; files: number }>> = {
  dockerode: { folder: 'engine', files: 1 },
  ioredis: { folder: 'bus', files: 1 },
  surrealdb: { folder: 'store/surreal', files: 2 },
  '@surrealdb/node': { folder: 'store/surreal', files: 1 },
  chokidar: { folder: 'watch', files: 1 },
  'tar-fs': { folder: 'images', files: 1 },
  'tar-stream': { folder: 'gate', files: 1 },
  acorn: { folder: 'bundle/code', files: Number.POSITIVE_INFINITY },
  'fastest-levenshtein': { folder: 'bundle/manifest', files: 1 },
  yaml: { folder: 'bundle/manifest', files: Number.POSITIVE_INFINITY },
  fastify: { folder: 'api', files: Number.POSITIVE_INFINITY },
};

interface Source {
  path: string;
  text: string;
  /** Package names and `node:` modules as written, our own files as paths from the root. */
  imports: string[];
}

const sources = globSync('{orchestrator,agent-base-image,agents,tests}/**/*.{ts,js}', {
  cwd: ROOT,
  exclude: (path) => path.split('/').includes('node_modules'),
}).map(readSource);
const core = sources.filter(({ path }) => path.startsWith(CORE));

function readSource(path: string): Source {
  const text = readFileSync(ROOT + path, 'utf8');
  const found = text.matchAll(/(?:^(?:import|export)\b[^'";]*?from\s+|^import\s+|\bimport\()'([^']+)'/gm);
  const imports = [...found].map(([, name = '']) =>
    name.startsWith('.') ? posix.join(posix.dirname(path), name) : packageOf(name),
  );
  return { path, text, imports };
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

const PARTS = Object.keys(MAY_IMPORT).sort((a, b) => b.length - a.length);
const partOf = (path: string) => PARTS.find((part) => path.startsWith(`${CORE}${part}/`)) ?? '';
const isRoot = ({ path }: Source) => COMPOSITION_ROOTS.some((root) => root.test(path.slice(CORE.length)));
/** Folders below one, with the files that are right in each. */
function foldersIn(root: string): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const { path } of sources.filter((source) => source.path.startsWith(root))) {
    const folder = posix.dirname(path);
    folders.set(folder, [...(folders.get(folder) ?? []), path]);
  }
  return folders;
}
/** What a process loads at its start: the imports that are not called, and theirs. */
function reachedFrom(path: string, seen = new Set<string>()): Set<string> {
  const source = core.find((one) => one.path === path);
  if (seen.has(path)) return seen;
  seen.add(path);
  const later = new Set([...(source?.text.matchAll(/\bimport\('([^']+)'\)/g) ?? [])].map(([, name = '']) => name));
  for (const name of source?.imports ?? []) {
    const isLater = [...later].some((one) => name.endsWith(one.replace(/^[./]+/, '')));
    if (!isLater) reachedFrom(name, seen);
  }
  return seen;
}

const none = (offenders: readonly string[]) => assert.deepEqual(offenders, []);

describe('the orchestrator', () => {
  test('every part is known here', () => {
    none(core.filter((source) => !isRoot(source) && partOf(source.path) === '').map(({ path }) => path));
    none(PARTS.filter((part) => !core.some(({ path }) => partOf(path) === part)));
  });

  test('imports run one way, and what no list names is known to composition roots alone', () => {
    const offenders = core
      .filter((source) => !isRoot(source))
      .flatMap(({ path, imports }) => {
        const own = partOf(path);
        const ours = imports.filter((name) => name.startsWith(CORE));
        const wrong = ours.filter((name) => partOf(name) !== own && !MAY_IMPORT[own]?.includes(partOf(name)));
        return wrong.map((name) => `${path} imports ${name}`);
      });
    none(offenders);
  });

  test('imports of parts make no circle', () => {
    const ends = (part: string, seen: readonly string[]): string[] =>
      seen.includes(part)
        ? [[...seen, part].join(' > ')]
        : (MAY_IMPORT[part] ?? []).flatMap((next) => ends(next, [...seen, part]));
    none(PARTS.flatMap((part) => ends(part, [])));
  });

  test('nothing reaches out of the orchestrator', () => {
    const outside = /^(agents|agent-base-image|tests)\//;
    none(
      core.flatMap(({ path, imports }) => imports.filter((name) => outside.test(name)).map((it) => `${path}: ${it}`)),
    );
  });

  for (const [library, { folder, files }] of Object.entries(PLACE_OF)) {
    test(`${library} is known to ${folder}/ alone`, () => {
      const users = core.filter(({ imports }) => imports.includes(library)).map(({ path }) => path);
      none(users.filter((path) => !path.startsWith(`${CORE}${folder}/`)));
      assert.ok(users.length > 0 && users.length <= files, users.join(' '));
    });
  }

  test('the orchestrator, the gate and init load neither the store nor a language model', () => {
    for (const root of ['main.ts', 'gate/main.ts', 'init.ts', 'cli/main.ts']) {
      const loaded = reachedFrom(`${CORE}${root}`);
      const heavy = /surreal|\/services\/llm\/(provider|answer)\//;
      none([...loaded].filter((name) => heavy.test(name)).map((name) => `${root} loads ${name}`));
    }
  });

  test('the engine is loaded by the children of the store alone, and the store itself loads no library', () => {
    for (const root of ['services/main.ts', 'store/main.ts']) {
      const engine = [...reachedFrom(`${CORE}${root}`)].filter((name) => name.includes('@surrealdb/node'));
      none(engine.map((name) => `${root} loads ${name}`));
    }
    const libraries = [...reachedFrom(`${CORE}store/main.ts`)].filter((name) => !/^(node:|orchestrator\/)/.test(name));
    none(libraries);
  });

  test('it knows no device, no vendor and no agent of the crew', () => {
    const business = /\b(home.?assistant|spotify|sonos|zigbee|z-?wave|mqtt|renarde|horloge)\b/i;
    none(core.filter(({ text }) => business.test(text)).map(({ path }) => path));
  });
});

describe('what others wrote', () => {
  /** The two that measure it first. The rest reads JSON of our own repository, or is a test. */
  const READERS = [`${SDK}json-text.ts`, `${CORE}domain/text/json-text.ts`];

  test('is parsed in one place of each package, after its depth was measured', () => {
    const ours = sources.filter(({ path }) => path.startsWith(CORE) || path.startsWith(SDK));
    const parses = /\bJSON\.parse\(|\bresponse\.json\(|\{[^}]*\bjson\b[^}]*\} from 'node:stream\/consumers'/;
    const users = ours.filter(({ text }) => parses.test(text)).map(({ path }) => path);
    assert.deepEqual(users.sort(), READERS);
  });

  test('is parsed in one place of the Python SDK', () => {
    const parses = /\bjson\.loads?\(|\bJSONDecoder\b|\bmodel_validate_json\b|\.json\(\)/;
    const files = globSync('agent-base-image/python/{hairem,in_process}/**/*.py', { cwd: ROOT });
    const users = files.filter((path) => parses.test(readFileSync(ROOT + path, 'utf8')));
    assert.deepEqual(users, ['agent-base-image/python/hairem/json_text.py']);
  });
});

describe('what was thrown', () => {
  const WORDS = [`${CORE}domain/errors/error-text.ts`, `${SDK}thrown.ts`];

  test('becomes words in one place of each package', () => {
    const ways =
      /instanceof Error\s*\?\s*\(?\w+\.(?:message|name|code)|instanceof Error\s*\?\s*\w+\s*:|instanceof Error && (?:'\w+' in|\w+\.(?:message|code))|\((?:\w+) as Error\)\.message|String\((?:error|thrown|cause|reason|err|e)\)|\$\{(?:error|thrown|err)\}/;
    const ours = sources.filter(({ path }) => path.startsWith(CORE) || path.startsWith(SDK));
    none(ours.filter(({ path, text }) => ways.test(text) && !WORDS.includes(path)).map(({ path }) => path));
  });

  test('is "no answer" only where the connection says so', () => {
    const users = core.filter(
      ({ text }) => /(?:does|did) not answer: \$\{/.test(text) && !/isNoAnswer|isMistake/.test(text),
    );
    none(users.map(({ path }) => path));
  });
});

describe('the SDK and the agents', () => {
  test("an agent's runtime stands on no package", () => {
    const sdk = sources.filter(({ path }) => path.startsWith(SDK));
    const libraries = sdk.flatMap(({ imports }) => imports.filter((name) => !/^(node:|agent-base-image\/)/.test(name)));
    none(libraries);
  });

  test('an agent imports its own files and the SDK, and no other agent', () => {
    const agents = sources.filter(({ path }) => path.startsWith('agents/'));
    const offenders = agents.flatMap(({ path, imports }) => {
      const own = path.split('/').slice(0, 2).join('/');
      const ours = imports.filter((name) => /^(agents|orchestrator|agent-base-image|tests)\//.test(name));
      return ours.filter((name) => !name.startsWith(`${own}/`)).map((name) => `${path} imports ${name}`);
    });
    none(offenders);
  });
});

describe('every file', () => {
  test('opens with a comment on its place', () => {
    none(sources.filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text)).map(({ path }) => path));
  });

  test(`has at most ${MAX_LINES} lines, of the product ${MAX_SOURCE_LINES}`, () => {
    const isOurs = (path: string) => path.startsWith(CORE) || path.startsWith(SDK);
    const lengths = sources.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
    const tooLong = lengths.filter(({ path, lines }) => lines > (isOurs(path) ? MAX_SOURCE_LINES : MAX_LINES));
    none(tooLong.map(({ path, lines }) => `${path}: ${lines}`));
  });

  test('exports what is its own: one public index, no other barrel', () => {
    const passesOn = /^export\b[^;]*?\bfrom\s+'/m;
    none(sources.filter(({ path, text }) => path !== `${SDK}index.ts` && passesOn.test(text)).map(({ path }) => path));
  });
});

describe('every folder', () => {
  for (const root of [CORE, 'tests/support/']) {
    test(`of ${root} holds ${FILES.fewest} to ${FILES.most} files`, () => {
      const folders = [...foldersIn(root)];
      assert.ok(folders.length > 0);
      const wrong = folders.filter(([, files]) => files.length < FILES.fewest || files.length > FILES.most);
      none(wrong.map(([folder, files]) => `${folder}: ${files.length}`));
    });
  }
});
