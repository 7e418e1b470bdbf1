/** The time zone of the home is part of the sandbox: another one swaps, and changes no version. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTimeZone } from '../../../orchestrator/src/bundle/time-zone.ts';
import type { DesiredAgent } from '../../../orchestrator/src/domain/desired.ts';
import { createBody } from '../../../orchestrator/src/engine/create-body.ts';
import { containerBody } from '../../../orchestrator/src/gate/bodies.ts';
import { containerRequest } from '../../../orchestrator/src/rollout/instances/container-spec.ts';
import { aVersion } from '../../support/builders/a-version.ts';

const agent = { kind: 'valid', id: 'echo', version: aVersion({}) } as unknown as DesiredAgent & { kind: 'valid' };
const versionIn = (zone: string) => (inTimeZone(agent, zone) as typeof agent).version;

test('UTC is what a container has: nothing changes', () => {
  assert.equal(inTimeZone(agent, 'UTC'), agent);
});

test('another zone is another sandbox of the same version', () => {
  const [paris, london] = [versionIn('Europe/Paris'), versionIn('Europe/London')];
  assert.deepEqual([paris.hash, paris.imageHash], [agent.version.hash, agent.version.imageHash]);
  assert.equal(new Set([paris.specHash, london.specHash, agent.version.specHash]).size, 3);
  assert.equal(paris.specHash, versionIn('Europe/Paris').specHash);
});

test('what is invalid stays as it is', () => {
  const invalid = { kind: 'invalid', id: 'echo' } as unknown as DesiredAgent;
  assert.equal(inTimeZone(invalid, 'Europe/Paris'), invalid);
});

test('it is in the environment of the agent, and the gate lets it through', () => {
  const given = { inst: 1, password: 'pw', controlKey: 'ck.1', secretsHash: '', installId: 'ab12', redisPort: 6379 };
  const body = createBody(containerRequest({ ...given, version: versionIn('America/Port-au-Prince') }));
  assert.ok((body as { Env: string[] }).Env.includes('TZ=America/Port-au-Prince'));
  assert.deepEqual(containerBody.shape.Env.safeParse((body as { Env: string[] }).Env).success, true);
  assert.ok(!JSON.stringify(createBody(containerRequest({ ...given, version: agent.version }))).includes('TZ='));
});
