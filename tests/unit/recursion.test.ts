/**
 * Who recurses over values that others made has a cut, or stands behind a door that has one. A new function that calls
 * itself is named here, with its cut, before it is tried.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { causes } from '../../agent-base-image/typescript/src/runtime/cause.ts';
import { ContextState } from '../../agent-base-image/typescript/src/runtime/context-state.ts';
import { createLog as createAgentLog } from '../../agent-base-image/typescript/src/runtime/log.ts';
import { createOutbox } from '../../agent-base-image/typescript/src/runtime/outbox.ts';
import { createServiceLine } from '../../agent-base-image/typescript/src/runtime/service-line.ts';
import { readYaml } from '../../orchestrator/src/bundle/manifest/yaml-file.ts';
import { createLog } from '../../orchestrator/src/process/log.ts';
import { redactValue } from '../../orchestrator/src/redact/redact-value.ts';
import { handling } from '../support/builders/a-cause.ts';
import { steppedClock } from '../support/fakes/stepped-clock.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** File and function → what bounds it. */
const KNOWN: Readonly<Record<string, string>> = {
  'bundle/files/walk-bundle.ts walkFolder': 'folders are 16 deep (LIMITS.depth)',
  'bundle/files/copy-files.ts copyFolder': 'folders are 16 deep, and were walked before',
  'bundle/files/special-files.ts emptyFiles': 'folders are 16 deep, and were walked before',
  'bundle/code/check-modules.ts exportsOf': 'each file once, of 5,000 (LIMITS.files)',
  'bundle/code/declared-names.ts patternNames': 'what the parser has read, in the thread of the code checker',
  'bundle/manifest/yaml-convert.ts convert': '32 levels (LIMITS.yamlDepth), aliases counted',
  'bundle/dependencies/package-json.ts specsIn': 'a cut at 20 levels',
  'bundle/content-hash.ts canonicalJson': 'values of a manifest, 32 levels',
  'secrets/in-config.ts texts': 'values of a manifest, 32 levels',
  'redact/redact-value.ts redacted': 'a cut at 100 levels',
  'domain/messages/generate-contract.ts renderSchema': 'a schema of ours, by hand',
  'domain/errors/error-text.ts said': 'looks at 200 errors at most, each once',
  'domain/errors/error-codes.ts codesIn': 'looks at 200 errors at most, each once',
  'thrown.ts said': 'looks at 200 errors at most, each once',
  'services/llm/provider/unreachable.ts deepest': 'causes of errors, which code makes and no text',
  'services/llm/answer/unknown-fields.ts joined': 'what a provider says, 64 levels as it was read',
  'domain/text/within-bytes.ts shortened': 'a record or a report, whose depth their types say',
  'process/log.ts lineOf': 'once: the second time it has no fields',
  'runtime/own-secrets.ts mapTexts': 'a profile or an error as read from JSON, 80 levels',
  'runtime/own-secrets.ts withErrorsHidden': 'a report of the runtime: its tasks have no tasks',
};

function recursiveIn(path: string): string[] {
  const text = readFileSync(ROOT + path, 'utf8');
  const starts = text.matchAll(/^(?:export )?(?:async )?(?:function\*? (\w+)|const (\w+) = (?:async )?\()/gm);
  return [...starts].flatMap((start) => {
    const name = start[1] ?? start[2] ?? '';
    const rest = text.slice(start.index + start[0].length);
    const end = rest.search(/^(?:export |async |function|const |interface|type |class |\/\*\*)/m);
    const body = end < 0 ? rest : rest.slice(0, end);
    return new RegExp(`(?<![\\w.])${name}\\(`).test(body) ? [`${path.slice(path.indexOf('/src/') + 5)} ${name}`] : [];
  });
}

test('every function that calls itself is known, with its cut', () => {
  const files = globSync('{orchestrator,agent-base-image/typescript}/src/**/*.ts', { cwd: ROOT });
  const found = files.flatMap(recursiveIn).filter((name) => !IN_A_WORKER.includes(name));
  const news = found.filter((name) => !(name in KNOWN));
  assert.deepEqual(news, [], 'name each in KNOWN, with what bounds its depth');
});

/** They end with their worker, and not with the process. */
const IN_A_WORKER = ['bundle/code/code-checker-worker.ts answer'];

function nested(levels: number, wrap: (value: unknown) => unknown = (value) => [value]): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < levels; level += 1) value = wrap(value);
  return value;
}

const hostile = {
  'lists of 100,000 levels': nested(100_000),
  'objects of 100,000 levels': nested(100_000, (value) => ({ a: value })),
  'a toJSON that throws': {
    toJSON() {
      throw new Error('no');
    },
  },
  'a toJSON without end': (() => {
    const made = { toJSON: () => ({ again: made }) };
    return made;
  })(),
};

const sdk = { agent: 'ada', inst: 3, clock: steppedClock() };
const outbox = createOutbox({
  ...sdk,
  role: () => 'expert',
  phase: () => 'ACTIVE',
  publish: async () => 1,
  sent: () => {},
  count: () => {},
});
const services = createServiceLine({ ...sdk, publish: async () => 1 });
const rejects = (promise: Promise<unknown>, name: string, code: string) => assert.rejects(promise, { name, code });

/** Each ends, and with words. */
const TRIED: Readonly<Record<string, (value: unknown) => unknown>> = {
  'the log of a process of ours': (value) => {
    const lines: string[] = [];
    createLog({ level: 'info', write: (line) => lines.push(line) }).info('said', { value });
    assert.match(lines[0] ?? '', /"message":"said"/);
  },
  'the log of an agent': (value) => {
    const lines: string[] = [];
    const log = createAgentLog({ about: {}, timestamp: () => '', write: (line) => lines.push(line) });
    log.info('said', { value });
    assert.match(lines[0] ?? '', /"message":"said"/);
  },
  'ctx.state': (value) => assert.throws(() => new ContextState().set('key', value), TypeError),
  'a message of an agent': (value) =>
    rejects(outbox.send({ target: 'user', type: 'x', payload: { value } }), 'SendError', 'refused'),
  'a question of a task to a service': (value) =>
    rejects(services.request({ service: 'memory', op: 'recall', args: { value } }), 'ServiceError', 'bad_request'),
  'a question of a handler to a service': (value) =>
    causes.run(handling(), () =>
      rejects(services.request({ service: 'memory', op: 'recall', args: { value } }), 'ServiceError', 'bad_request'),
    ),
};

for (const [who, tries] of Object.entries(TRIED)) {
  describe(who, () => {
    for (const [shape, value] of Object.entries(hostile)) {
      test(shape, async () => {
        await tries(value);
      });
    }
  });
}

describe('what is only read from JSON', () => {
  for (const shape of ['lists of 100,000 levels', 'objects of 100,000 levels'] as const) {
    test(`the redactor: ${shape}`, () => {
      assert.ok(JSON.stringify(redactValue(hostile[shape], { text: (text) => text })).length < 2_000);
    });
  }
});

describe('YAML', () => {
  const TEXTS = {
    'flow lists': `a: ${'['.repeat(30_000)}`,
    'flow mappings': `a: ${'{a: '.repeat(15_000)}`,
    'compact lists': `${'- '.repeat(30_000)}x`,
    'compact mappings in lists': `${'- a:\n'.repeat(1)}${'- '.repeat(20_000)}a: 1`,
    'indented mappings': Array.from({ length: 300 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'),
  };
  for (const [name, text] of Object.entries(TEXTS)) {
    test(name, () => {
      const { problems } = readYaml('manifest.yaml', new TextEncoder().encode(text));
      assert.notEqual(problems.length, 0);
    });
  }
});
