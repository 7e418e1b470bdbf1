/** What every container host owes (`domain/ports/ports.ts`): the same cases on the fake and on the real engine. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { HairemError } from '../../orchestrator/src/domain/errors/errors.ts';
import type { Observation } from '../../orchestrator/src/domain/observation.ts';
import type { ContainerRequest, EngineEvent } from '../../orchestrator/src/domain/ports/ports.ts';
import { eventually } from '../support/eventually.ts';
import { contextOf, fakeHarness, type Harness, imageLabels, imageOf, realHarness, requestFor } from './host-harness.ts';

const hasCode = (code: string) => (error: unknown) => error instanceof HairemError && error.code === code;

for (const [name, make] of [
  ['the fake', fakeHarness],
  ['the engine, through the gate', realHarness],
] as const) {
  describe(name, () => {
    let harness: Harness;
    before(async () => {
      harness = await make();
      await harness.host.ensureNetwork({ agent: 'alpha', egress: 'none' });
    });
    after(() => harness.close());
    cases(() => harness);
  });
}

function cases(harness: () => Harness): void {
  let nextInst = 1;
  const request = (change: Partial<ContainerRequest> = {}) => requestFor(harness(), { inst: nextInst++, ...change });
  const seen = async (id: string) => (await harness().host.observe()).containers.find((one) => one.id === id);
  const started = async (change: Partial<ContainerRequest> = {}) => {
    const id = await harness().host.createContainer(request(change));
    await harness().host.startContainer(id);
    return id;
  };
  const ended = (id: string) => eventually('it has ended', async () => (await seen(id))?.status === 'exited');

  test('an image that was built is seen with its labels', async () => {
    const { host, builder, installId } = harness();
    const [labels, lines, tag] = [imageLabels(installId), [] as string[], `hairem/agent-alpha:${installId}-2`];
    const context = await contextOf('FROM node:24-bookworm-slim\n');
    const id = await builder.buildImage({ tag, labels, context, onLine: (line) => lines.push(line) });
    const image = (await host.observe()).images.find((one) => one.tag === tag);
    assert.deepEqual([image?.id, image?.kind, image?.agent, image?.depsHash], [id, 'bundle', 'alpha', 'd1']);
    assert.ok(lines.length > 0);
    await host.removeImage(tag);
    await host.removeImage(tag);
    assert.ok(!(await host.observe()).images.some((one) => one.tag === tag));
  });

  test('a build that is aborted rejects with the reason', async () => {
    const { host, installId } = harness();
    const context = await contextOf('FROM node:24-bookworm-slim\nRUN sleep 60\n');
    const signal = AbortSignal.abort(new HairemError('conflict', 'not wanted any more'));
    const build = host.buildImage({ tag: `hairem/agent-alpha:${installId}-3`, labels: {}, context, signal });
    await assert.rejects(build, hasCode('conflict'));
  });

  test('a container is created once, whoever asks again', async () => {
    const { host } = harness();
    const wanted = request();
    const id = await host.createContainer(wanted);
    const { status, agent, inst, bundleHash, credSha256, startedAt, exitCode } = (await seen(id)) ?? {};
    assert.deepEqual([status, agent, inst, bundleHash], ['created', 'alpha', wanted.inst, 'b1']);
    assert.deepEqual([credSha256, startedAt, exitCode], ['c'.repeat(64), null, null]);
    assert.equal(await host.createContainer(wanted), id);
    const other = { ...wanted, labels: { ...wanted.labels, 'io.hairem.spec-hash': 's2' } };
    await assert.rejects(host.createContainer(other), hasCode('engine_refused'));
  });

  test('a container without its image cannot be created', async () => {
    await assert.rejects(
      harness().host.createContainer(request({ image: 'hairem/agent-alpha:none' })),
      hasCode('not_found'),
    );
  });

  test('starting, limiting, stopping and removing may be repeated', async () => {
    const { host } = harness();
    const id = await started();
    await host.startContainer(id);
    await host.limitCpu(id, 500_000_000);
    const running = await seen(id);
    assert.equal(running?.status, 'running');
    assert.ok(running?.startedAt);
    await host.stopContainer(id, 10);
    assert.equal((await seen(id))?.status, 'exited');
    await host.stopContainer(id, 10);
    await host.startContainer(id);
    assert.equal((await seen(id))?.status, 'running', 'a stopped one can be started again');
    await host.removeContainer(id);
    assert.equal(await seen(id), undefined);
    await host.removeContainer(id);
    await host.stopContainer(id, 0);
  });

  test('what is absent is not found', async () => {
    const { host } = harness();
    await assert.rejects(host.startContainer('0123456789ab'), hasCode('not_found'));
    await assert.rejects(host.limitCpu('0123456789ab', 1_000_000_000), hasCode('not_found'));
    const logs = host.logs('0123456789ab', { tail: 10, follow: false });
    await assert.rejects(Array.fromAsync(logs), hasCode('not_found'));
  });

  test('a container that ends by itself says so, with its code', async () => {
    const { host } = harness();
    const listening = new AbortController();
    const deaths: EngineEvent[] = [];
    const heard = (async () => {
      for await (const event of host.events(listening.signal)) if (event.kind === 'die') deaths.push(event);
    })();
    const wanted = request({ env: { EXIT: '3' } });
    const id = await host.createContainer(wanted);
    await host.startContainer(id);
    await ended(id);
    assert.equal((await seen(id))?.exitCode, 3);
    const death = await eventually('its end is heard', () => deaths.find((event) => event.container === id));
    assert.deepEqual([death.agent, death.inst, death.exitCode], ['alpha', wanted.inst, 3]);
    listening.abort();
    await heard;
  });

  test('its log has both channels, and its tail is the last lines', async () => {
    const { host } = harness();
    const id = await started({ env: { EXIT: '0' } });
    await ended(id);
    const lines = await Array.fromAsync(host.logs(id, { tail: 10, follow: false }));
    assert.deepEqual(lines.map((line) => `${line.stream} ${line.text}`).sort(), ['stderr oops', 'stdout ready']);
    assert.ok(lines.every((line) => line.at?.startsWith('20')));
    assert.equal((await Array.fromAsync(host.logs(id, { tail: 1, follow: false }))).length, 1);
  });

  test('a network has Redis on it, and asking again changes nothing', async () => {
    const { host, installId } = harness();
    await Promise.all(['beta', 'gamma'].map((agent) => host.ensureNetwork({ agent, egress: 'none' })));
    const first = await host.observe();
    await host.ensureNetwork({ agent: 'beta', egress: 'none' });
    const again = await host.observe();
    const ids = ({ networks }: Observation) => networks.map((one) => one.id).sort();
    assert.deepEqual(ids(again), ids(first));
    const names = [`hairem-${installId}-beta`, `hairem-${installId}-gamma`];
    for (const name of names) {
      assert.equal(first.networks.find((one) => one.name === name)?.egress, 'none');
      assert.ok(first.redis?.networks.includes(name), name);
      await host.removeNetwork(name);
      await host.removeNetwork(name);
    }
    assert.ok(!(await host.observe()).networks.some((one) => names.includes(one.name)));
  });

  test('another reach is another network, beside the one that is in use', async () => {
    const { host, installId } = harness();
    await host.ensureNetwork({ agent: 'delta', egress: 'none' });
    const image = await imageOf(harness(), 'delta');
    await started({ agent: 'delta', network: `hairem-${installId}-delta`, image });
    await host.ensureNetwork({ agent: 'delta', egress: 'internet' });
    const delta = (await host.observe()).networks.filter((one) => one.agent === 'delta');
    assert.deepEqual(Object.fromEntries(delta.map((one) => [one.name, one.egress])), {
      [`hairem-${installId}-delta`]: 'none',
      [`hairem-${installId}-delta.out`]: 'internet',
    });
  });

  test('a volume belongs to its agent', async () => {
    const { host } = harness();
    const name = await host.ensureVolume('alpha');
    assert.equal(await host.ensureVolume('alpha'), name);
    assert.deepEqual((await host.observe()).volumes, [{ name, agent: 'alpha' }]);
  });
}
