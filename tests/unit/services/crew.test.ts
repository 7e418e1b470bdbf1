/** What the services ask of the orchestrator: both ends, and neither of them there. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { DEFAULT_GRANT } from '../../../orchestrator/src/domain/grants.ts';
import type { InstanceModel } from '../../../orchestrator/src/domain/llm/language-model.ts';
import { orchestratorReplies } from '../../../orchestrator/src/domain/messages/service-call.ts';
import { createCrewService } from '../../../orchestrator/src/reconcile/services/settings-service.ts';
import { createRpcServer, type RpcServer } from '../../../orchestrator/src/rpc/server.ts';
import {
  createOrchestratorLine,
  type OrchestratorLine,
} from '../../../orchestrator/src/services/orchestrator-client.ts';
import { type SteppedClock, steppedClock } from '../../support/fakes/stepped-clock.ts';

const GRANT = { modelAddresses: ['http://nas/v1'], models: ['small'], tokensPerDay: 1000, costPerDay: null };
const used = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, cost: 0 };
let clock: SteppedClock;
let own: InstanceModel | null;
let noted: [string, unknown][];
let said: { channel: string; message: unknown }[];
let isAway: boolean;
let words: number;
let quota: number;
let shared: unknown;
let server: RpcServer;
let line: OrchestratorLine;

beforeEach(() => {
  clock = steppedClock();
  own = { llm_config: { model: 'small' }, api_key: 'sk-own', egress: true, grant: GRANT };
  [noted, said, isAway, words, quota] = [[], [], false, 0, 1000];
  const note = () => {};
  server = createRpcServer({
    services: [
      createCrewService({
        modelOf: () => own,
        quotaOf: () => quota,
        noteStore: (words) => noted.push(['store', words]),
        noteUsage: (...what) => noted.push(what),
        noteOverheard: (words) => noted.push(['overheard', words]),
        noteShared: (said) => {
          shared = said;
        },
        onWord: () => {
          words += 1;
        },
      }),
    ],
    repliesOf: (_service, agent, inst) => orchestratorReplies(agent, inst),
    bus: {
      publish: async (channel, message) => {
        said.push({ channel, message });
        if (channel === 're:system:1') line.take(JSON.stringify(message));
        return 1;
      },
    },
    journal: { find: async () => null, keep: async () => {} },
    clock,
    log: { debug: note, info: note, warn: note, error: note },
  });
  const publish = async (channel: string, message: unknown) => {
    if (isAway) return 0;
    server.take(channel, JSON.stringify(message));
    return 1;
  };
  line = createOrchestratorLine({ bus: { publish }, clock });
});

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Lets four tries pass. */
async function wait(): Promise<void> {
  for (let tries = 0; tries < 4; tries += 1) {
    await settled();
    clock.advance(500);
  }
}

test('the settings of an instance are asked for each time, once for several at the same time', async () => {
  const both = await Promise.all([line.modelOf('electra', 7), line.modelOf('electra', 7)]);
  assert.deepEqual(both, [own, own]);
  assert.equal(said.length, 1);
  own = { llm_config: { model: 'large' }, api_key: null, egress: false, grant: GRANT };
  assert.deepEqual(await line.modelOf('electra', 7), own);
});

test('who asks for too much is told by the services, and by no agent', async () => {
  const words = { agent: 'wolf', inst: 3, message: 'it said too much', ends: true };
  line.tellOverheard(words);
  await settled();
  assert.deepEqual(noted, [['overheard', words]]);
  const request = { type: 'request', id: '1', op: 'overheard', args: { ...words, agent: 'sheep' }, have: null };
  server.take('svc:crew:wolf:3', JSON.stringify(request));
  await settled();
  assert.equal(noted.length, 1);
});

test('while the orchestrator is away, the last ones hold', async () => {
  await line.modelOf('electra', 7);
  isAway = true;
  const asked = line.modelOf('electra', 7);
  await wait();
  assert.deepEqual(await asked, own);
  const unknown = line.modelOf('electra', 8);
  unknown.catch(() => {});
  await wait();
  await assert.rejects(
    unknown,
    (error: HairemError) => error.code === 'unavailable' && /orchestrator/.test(error.message),
  );
});

test('an instance that nobody knows is an error', async () => {
  own = null;
  await assert.rejects(line.modelOf('electra', 7), (error: HairemError) => error.code === 'not_found');
});

test('an agent cannot ask for keys', async () => {
  server.take(
    'svc:crew:electra:7',
    JSON.stringify({ type: 'request', id: '1', op: 'model', args: { agent: 'renarde', inst: 1 }, have: null }),
  );
  await settled();
  assert.doesNotMatch(JSON.stringify(said), /sk-own/);
  assert.match(JSON.stringify(said), /only the services may ask that/);
});

test('the services say that they are there and how they are configured, and no agent can say it for them', async () => {
  const system = { provider: 'ollama', baseUrl: null, model: 'small' };
  line.sayHere({ ...system, apiKey: 'sk-system' } as typeof system);
  await settled();
  assert.equal(words, 1);
  assert.deepEqual(shared, system, 'without the key');
  await line.modelOf('electra', 7);
  assert.equal(words, 2);
  const request = { type: 'request', id: '1', op: 'here', args: { llm: system }, have: null };
  server.take('svc:crew:electra:7', JSON.stringify(request));
  await settled();
  assert.equal(words, 2);
});

test('what agents have used is told', async () => {
  line.tellUsage({ electra: used });
  await settled();
  assert.deepEqual(noted, [['electra', used]]);
});

test('what a database may hold is asked once a minute, and nobody waits for it the second time', async () => {
  assert.equal(await line.quotaOf('electra'), 1000);
  quota = 2000;
  clock.advance(59_000);
  assert.equal(await line.quotaOf('electra'), 1000);
  assert.equal(said.length, 1);
  clock.advance(1_000);
  assert.equal(await line.quotaOf('electra'), 1000, 'the last one, while it is asked again');
  await settled();
  await settled();
  assert.equal(await line.quotaOf('electra'), 2000);
});

test('while the orchestrator is away it is what was said last, or what everybody has', async () => {
  await line.quotaOf('electra');
  isAway = true;
  clock.advance(60_000);
  assert.equal(await line.quotaOf('electra'), 1000);
  const unknown = line.quotaOf('renarde');
  await wait();
  assert.equal(await unknown, DEFAULT_GRANT.databaseBytes);
});

test('how the store is reaches the orchestrator, and no agent can say it', async () => {
  const words = { sizes: { electra: 5 }, deaths: [], troubles: ['electra: closed'], restarts: null };
  line.tellStore(words);
  await settled();
  assert.deepEqual(noted, [['store', words]]);
  const request = { type: 'request', id: '1', op: 'store', args: words, have: null };
  server.take('svc:crew:electra:7', JSON.stringify(request));
  await settled();
  assert.equal(noted.length, 1);
});
