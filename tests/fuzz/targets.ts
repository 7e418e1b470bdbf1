/** What is fuzzed: every reader of a text that somebody else wrote. None may throw, but for our own errors that say why. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readControl, readPeer } from '../../agent-base-image/typescript/src/runtime/wire.ts';
import { validateBundle } from '../../orchestrator/src/bundle/validate-bundle.ts';
import { HairemError } from '../../orchestrator/src/domain/errors/errors.ts';
import { readJson } from '../../orchestrator/src/domain/text/json-text.ts';
import { connectBody, containerBody, networkBody, updateBody, volumeBody } from '../../orchestrator/src/gate/bodies.ts';
import { findPassage } from '../../orchestrator/src/gate/routes.ts';
import { redactMessage } from '../../orchestrator/src/redact/redact-value.ts';
import { createRedactor } from '../../orchestrator/src/redact/redactor.ts';
import { createStatusInbox } from '../../orchestrator/src/rollout/instances/status-inbox.ts';
import { checkQuery } from '../../orchestrator/src/surql/check-query.ts';
import { steppedClock } from '../support/fakes/stepped-clock.ts';
import { ANSWERS } from './answers.ts';

export interface Target {
  name: string;
  seeds: readonly string[];
  /** Throws what is a find. */
  run(text: string): unknown;
}

const contract = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../agent-base-image/contract/${file}`, import.meta.url), 'utf8'));

/** Every object below that has a `type`, as it goes over the bus. */
function wordsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'type' in value && typeof value.type === 'string' ? [JSON.stringify(value)] : [];
  return [...own, ...Object.values(value).flatMap(wordsIn)];
}

const WORDS = [...new Set([...wordsIn(contract('cases.json')), ...wordsIn(contract('handover.json'))])].slice(0, 400);

function busMessages(): Target {
  const voices = createStatusInbox(steppedClock());
  const redactor = createRedactor();
  redactor.hide(['a-secret-value', 'another/secret=']);
  return {
    name: 'bus',
    seeds: WORDS,
    run(text) {
      voices.take('st:electra:7', text);
      readControl(text);
      readPeer('st:electra:7', text);
      redactMessage(readJson(text), redactor);
    },
  };
}

const MANIFEST = `name: Electra
type: expert
llm_config: {provider: openai, model: gpt-4o}
secrets: {PIN: "\${ELECTRA_PIN}", KEY: {file: key}}
skills: [{name: light, description: turns a light on, parameters: {type: object}}]
network: {egress: internet}
resources: {memory: 256m, cpus: 0.5}
`;
const FILES: Readonly<Record<string, readonly string[]>> = {
  'manifest.yaml': [MANIFEST],
  'persona.yaml': ['name: Electra\nprompt: |\n  You are *kind*.\nskills: [light]\n'],
  'logic.ts': ["import { BaseAgent } from '@hairem/agent';\nexport class Agent extends BaseAgent { x: number = 1; }\n"],
  'logic.py': ['from hairem import BaseAgent\n\nclass Agent(BaseAgent):\n    x: int = 1\n'],
  'requirements.txt': ['requests==2.31.0 --hash=sha256:00 \\\n  # why\n-r more.txt\nx @ https://example.org/x.whl\n'],
  'package.json': ['{"dependencies": {"left-pad": "^1.0.0", "x": "git+ssh://a/b"}, "overrides": {}}'],
  '.hairemignore': ['*\n!lib/**\n[a-z]?/**/x\n'],
};

/** One folder, of which one file is a mutation and the others are as they should be. */
function bundles(): Target[] {
  return Object.entries(FILES).map(([file, seeds]) => ({
    name: `bundle ${file}`,
    seeds,
    async run(text) {
      const dir = await mkdtemp(join(tmpdir(), 'hairem-fuzz-'));
      try {
        if (file !== 'manifest.yaml') await writeFile(join(dir, 'manifest.yaml'), 'name: Electra\n');
        await writeFile(join(dir, file), text);
        await validateBundle(dir);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },
  }));
}

function gateRequests(): Target[] {
  const lines = [
    'GET /v1.41/containers/json?all=1&filters=%7B%7D',
    'POST /containers/create?name=hairem-abc-electra-7',
    'POST /build?version=1&t=hairem/electra:abc&networkmode=default',
    'DELETE /images/hairem/electra:abc?force=true',
    'POST /networks/hairem-abc-electra/connect',
  ];
  const bodies = [containerBody, updateBody, networkBody, connectBody, volumeBody];
  return [
    {
      name: 'gate line',
      seeds: lines,
      run(text) {
        const [method = '', target = ''] = text.split(' ');
        findPassage(method, target);
      },
    },
    {
      name: 'gate body',
      seeds: [
        '{"NanoCpus": 500000000}',
        '{"Container": "redis", "EndpointConfig": {"Aliases": ["redis"]}}',
        '{"Name": "hairem-abc-electra", "Driver": "local", "Labels": {"io.hairem.orchestrator": "abc"}}',
      ],
      run(text) {
        for (const body of bodies) body.safeParse(readJson(text));
      },
    },
  ];
}

const QUERIES: Target = {
  name: 'query',
  seeds: [
    "SELECT *, (SELECT count() FROM memory) AS n FROM memory WHERE content CONTAINS 'tea' ORDER BY created_at LIMIT 5;",
    'CREATE note:⟨a b⟩ SET text = s\'x\', at = d"2026-01-01T00:00:00Z", n = -1.5e3dec; -- why',
    'LET $x = { a: [1, 2, 3].map(|$v| $v + 1) }; RETURN IF $x.a THEN 1 ELSE 2 END; /* ## */ UPDATE t:1 MERGE { b: 1h30m };',
    "DEFINE/**/ANALYZER x TOKENIZERS blank FILTERS mapper('/etc/passwd')",
    'DEFINE FIELD a ON t TYPE option<string> VALUE string::lowercase($value) ASSERT $value != /[a-z]+/;',
  ],
  run: (text) => checkQuery(text),
};

export const TARGETS: readonly Target[] = [busMessages(), ...bundles(), ...gateRequests(), QUERIES, ANSWERS];

/** An error of ours says why to whoever sent the text; anything else is a find. */
export const isAnswer = (thrown: unknown): boolean => thrown instanceof HairemError && thrown.code !== 'internal';
