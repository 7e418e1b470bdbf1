/** Engines leave out, or say null for, what others tell: nothing of it may hide the rest. And what they refuse in a race. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { LABEL } from '../../../orchestrator/src/domain/labels.ts';
import { ANSWER } from '../../../orchestrator/src/gate/answers.ts';
import { type Answers, hostBefore, json, refuses, VERSION } from '../../support/servers/engine-answers.ts';

const LABELS = {
  [LABEL.orchestrator]: 'test',
  [LABEL.kind]: 'instance',
  [LABEL.agent]: 'echo',
  [LABEL.instance]: '1',
  [LABEL.bundleHash]: 'b',
  [LABEL.imageHash]: 'i',
  [LABEL.depsHash]: 'd',
  [LABEL.specHash]: 's',
  [LABEL.credSha256]: 'a'.repeat(64),
};

/** What a complete engine tells, one of each. */
const TOLD = {
  container: {
    Id: 'c1',
    Names: ['/hairem-test-echo-1'],
    Image: 'hairem/agent-echo:1',
    ImageID: 'sha256:1',
    State: 'running',
    Labels: LABELS,
    NetworkSettings: { Networks: { core: {} } },
  },
  inspected: { Id: 'c1', State: { OOMKilled: false, ExitCode: 0, StartedAt: '2026-01-01T00:00:00Z' } },
  image: { Id: 'sha256:2', RepoTags: ['hairem/base:1'], Labels: { [LABEL.kind]: 'base' }, Size: 1 },
  network: {
    Id: 'n1',
    Name: 'hairem-test-echo',
    Internal: true,
    Labels: { [LABEL.orchestrator]: 'test', [LABEL.agent]: 'echo' },
    IPAM: { Config: [{ Subnet: '10.1.0.0/29' }] },
  },
  volume: { Name: 'v1', Labels: { [LABEL.agent]: 'echo' } },
};
type Told = typeof TOLD;

/** Paths of what may be missing; each is tried absent and null. */
const MAY_BE_MISSING: readonly [keyof Told, ...string[]][] = [
  ['container', 'Names'],
  ['container', 'Image'],
  ['container', 'ImageID'],
  ['container', 'State'],
  ['container', 'Labels'],
  ['container', 'NetworkSettings'],
  ['container', 'NetworkSettings', 'Networks'],
  ['inspected', 'State'],
  ['inspected', 'State', 'OOMKilled'],
  ['inspected', 'State', 'ExitCode'],
  ['inspected', 'State', 'StartedAt'],
  ['image', 'RepoTags'],
  ['image', 'Labels'],
  ['image', 'Size'],
  ['network', 'Internal'],
  ['network', 'Labels'],
  ['network', 'IPAM'],
  ['network', 'IPAM', 'Config'],
  ['network', 'IPAM', 'Config', '0', 'Subnet'],
  ['volume', 'Labels'],
];

function without([kind, ...path]: readonly string[], value: null | undefined): Told {
  const told = structuredClone(TOLD);
  let at = told[kind as keyof Told] as Record<string, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[path.at(-1) ?? ''] = value;
  return told;
}

const answersOf = ({ container, inspected, image, network, volume }: Told): Answers => ({
  'GET /version': VERSION,
  // A second one, whole: it must be seen whatever the first one lacks.
  'GET /containers/json': json([container, { ...TOLD.container, Id: 'c2' }]),
  'GET /containers/c1/json': json(inspected),
  'GET /containers/c2/json': json(TOLD.inspected),
  'GET /images/json': json([image, TOLD.image]),
  'GET /networks': json([network, { ...TOLD.network, Id: 'n2' }]),
  'GET /volumes': json({ Volumes: [volume, { ...TOLD.volume, Name: 'v2' }] }),
});

async function seen(t: TestContext, told: Told) {
  const { containers, images, networks, volumes } = await (await hostBefore(t, answersOf(told))).host.observe();
  return [
    containers.some(({ id }) => id === 'c2'),
    images.some(({ tag }) => tag === 'hairem/base:1'),
    networks.some(({ id }) => id === 'n2'),
    volumes.some(({ name }) => name === 'v2'),
  ];
}

describe('an engine that does not tell', () => {
  for (const path of MAY_BE_MISSING)
    test(path.join('.'), async (t) => {
      for (const value of [undefined, null])
        assert.deepEqual(await seen(t, without(path, value)), [true, true, true, true], String(value));
    });
});

/** The gate reads the same rows, those of others too. */
describe('the gate shows the rest where it does not tell', () => {
  const scope = { installId: 'test', redis: { project: 'hairem', service: 'redis' } } as never;
  const rowsOf = { container: ANSWER.containers, image: ANSWER.images, network: ANSWER.networks } as const;
  for (const path of MAY_BE_MISSING) {
    const [kind] = path;
    if (!(kind in rowsOf)) continue;
    test(path.join('.'), () => {
      for (const value of [undefined, null]) {
        const row = without(path, value)[kind];
        const shown = rowsOf[kind as keyof typeof rowsOf]([row, TOLD[kind]], { scope, owners: {} as never });
        assert.ok(Array.isArray(shown) && shown.length > 0, String(value));
      }
    });
  }
});

type Host = Awaited<ReturnType<typeof hostBefore>>['host'];

/** [what is asked, of where, and what each status of the engine means: `ok`, or a code]. */
const RACES: [string, string, (host: Host) => Promise<unknown>, Record<number, string>][] = [
  [
    'start',
    'POST /containers/c1/start',
    (host) => host.startContainer('c1'),
    { 204: 'ok', 304: 'ok', 404: 'not_found', 409: 'engine_refused', 500: 'engine_refused', 503: 'engine_unavailable' },
  ],
  [
    'stop',
    'POST /containers/c1/stop',
    (host) => host.stopContainer('c1', 1),
    { 204: 'ok', 304: 'ok', 404: 'ok', 500: 'engine_refused', 502: 'engine_unavailable' },
  ],
  [
    'remove',
    'DELETE /containers/c1',
    (host) => host.removeContainer('c1'),
    { 204: 'ok', 404: 'ok', 409: 'ok', 500: 'engine_refused' },
  ],
  [
    'remove image',
    'DELETE /images/a:1',
    (host) => host.removeImage('a:1'),
    { 200: 'ok', 404: 'ok', 409: 'ok', 500: 'engine_refused' },
  ],
  [
    'limit CPU',
    'POST /containers/c1/update',
    (host) => host.limitCpu('c1', 1),
    { 200: 'ok', 404: 'not_found', 409: 'engine_refused', 500: 'engine_refused' },
  ],
  [
    'remove network',
    'DELETE /networks/n1',
    (host) => host.removeNetwork('hairem-test-echo'),
    { 204: 'ok', 404: 'ok', 403: 'engine_refused', 500: 'engine_refused' },
  ],
];

describe('in a race', () => {
  for (const [what, path, call, statuses] of RACES)
    for (const [status, meaning] of Object.entries(statuses))
      test(`${what} that is answered with ${status}: ${meaning}`, async (t) => {
        const answer = Number(status) < 400 ? json({}, Number(status)) : refuses(Number(status), 'no');
        const { host } = await hostBefore(t, {
          'GET /version': VERSION,
          'GET /images/a:1/json': json({ Id: 'sha256:1', Config: null }),
          'GET /networks': json([TOLD.network]),
          'GET /networks/n1': json({ Containers: null }),
          'POST /containers/c1/wait': refuses(404, 'gone'),
          [path]:
            Number(status) === 304 || Number(status) === 204
              ? (_, response) => void response.writeHead(Number(status)).end()
              : answer,
        });
        const came = await call(host).then(
          () => 'ok',
          (error: unknown) => (error instanceof HairemError ? error.code : String(error)),
        );
        assert.equal(came, meaning);
      });
});
