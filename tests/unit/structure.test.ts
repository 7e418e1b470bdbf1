/** Holds the tree to its shape: imports run one way, each library has one place, every file says what it is for. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CORE = 'orchestrator/src/';
const SDK = 'agent-base-image/typescript/src/';
const MAX_LINES = 300;

/** What each part of the orchestrator may import besides itself; a file at its root counts by its name. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  asking: ['domain'],
  redact: ['domain'],
  secrets: ['domain'],
  'left-out': [],
  watch: ['domain', 'left-out'],
  bundle: ['domain', 'left-out', 'watch'],
  grants: ['domain', 'watch', 'bundle'],
  trust: ['domain'],
  plan: ['domain', 'watch', 'bundle'],
  build: ['domain', 'left-out', 'watch', 'bundle', 'plan'],
  swap: ['domain', 'watch', 'bundle', 'plan', 'build'],
  registry: ['domain', 'watch', 'bundle', 'plan', 'build', 'swap'],
  loop: ['domain', 'asking', 'watch', 'bundle', 'plan', 'build', 'swap', 'registry'],
  'reconcile-loop.ts': ['domain', 'watch', 'bundle', 'plan', 'build', 'swap', 'registry', 'loop'],
  api: ['domain', 'registry'],
  surql: ['domain'],
  services: ['domain', 'asking', 'surql'],
  gate: ['domain', 'bundle', 'build'],
  store: ['domain'],
  'index-proxy': [],
  adapters: ['domain'],
  'config.ts': ['domain', 'config-values.ts'],
  'config-values.ts': [],
};

/** These, and files at the root that are not named above, wire the rest together: they may import anything. */
const COMPOSITION_ROOTS = [
  /^cli\//,
  /^(gate|services|store)\/main\.ts$/,
  /^(services\/open-stores|store\/child)\.ts$/,
  /^domain\/generate-/,
];

/** The one folder, and where it says so the one file, that may know a library. */
const PLACE_OF: Readonly<Record<string, { folder: string; files: number }>> = {
  dockerode: { folder: 'adapters', files: 1 },
  ioredis: { folder: 'adapters', files: 1 },
  surrealdb: { folder: 'adapters', files: 2 },
  '@surrealdb/node': { folder: 'adapters', files: 1 },
  chokidar: { folder: 'watch', files: 1 },
  'tar-fs': { folder: 'build', files: 1 },
  yaml: { folder: 'bundle', files: Number.POSITIVE_INFINITY },
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

const partOf = (path: string) => path.slice(CORE.length).split('/')[0] ?? '';
const isRoot = ({ path }: Source) => {
  const name = path.slice(CORE.length);
  return COMPOSITION_ROOTS.some((root) => root.test(name)) || !(name.includes('/') || name in MAY_IMPORT);
};
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
    const parts = new Set(core.filter((source) => !isRoot(source)).map(({ path }) => partOf(path)));
    none([...parts].filter((part) => !(part in MAY_IMPORT)));
  });

  test('imports run one way, and adapters are known to composition roots alone', () => {
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

  test('nothing reaches out of the orchestrator', () => {
    const outside = /^(agents|agent-base-image|tests)\//;
    none(
      core.flatMap(({ path, imports }) => imports.filter((name) => outside.test(name)).map((it) => `${path}: ${it}`)),
    );
  });

  for (const [library, { folder, files }] of Object.entries(PLACE_OF)) {
    test(`${library} is known to ${folder}/ alone`, () => {
      const users = core.filter(({ imports }) => imports.includes(library)).map(({ path }) => path);
      none(users.filter((path) => partOf(path) !== folder));
      assert.ok(users.length <= files, users.join(' '));
    });
  }

  test('the orchestrator, the gate and init load neither the store nor a language model', () => {
    for (const root of ['main.ts', 'gate/main.ts', 'init.ts', 'cli/run-cli.ts']) {
      const loaded = reachedFrom(`${CORE}${root}`);
      none([...loaded].filter((name) => /surreal|\/llm-/.test(name)).map((name) => `${root} loads ${name}`));
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
  const READERS = [`${SDK}json-text.ts`, `${CORE}domain/json-text.ts`];

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
  const WORDS = [`${CORE}domain/words-of.ts`, `${SDK}thrown.ts`];

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

  test(`has at most ${MAX_LINES} lines`, () => {
    const lengths = sources.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
    none(lengths.filter(({ lines }) => lines > MAX_LINES).map(({ path, lines }) => `${path}: ${lines}`));
  });

  test('exports what is its own: one public index, no other barrel', () => {
    const passesOn = /^export\b[^;]*?\bfrom\s+'/m;
    none(sources.filter(({ path, text }) => path !== `${SDK}index.ts` && passesOn.test(text)).map(({ path }) => path));
  });
});

test('links in the manuals lead somewhere', () => {
  const manuals = globSync('{.,*,*/*}/*.md', { cwd: ROOT }).filter((path) => !path.includes('node_modules'));
  const linked = manuals.flatMap((path) => {
    const links = readFileSync(ROOT + path, 'utf8').matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g);
    return [...links].map(([, to = '']) => ({ path, to, target: posix.join(posix.dirname(path), to) }));
  });
  assert.ok(linked.length > 0);
  none(linked.filter(({ target }) => !existsSync(ROOT + target)).map(({ path, to }) => `${path}: ${to}`));
});

test('lock files name no host: they work with any registry', () => {
  const locks = globSync('{.,*,*/*}/package-lock.json', { cwd: ROOT }).filter((path) => !path.includes('node_modules'));
  assert.ok(locks.length > 0);
  none(locks.filter((path) => /"resolved": "[a-z+]+:/.test(readFileSync(ROOT + path, 'utf8'))));
});
