/** What people are told to type and to open is that of this installation. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { apiAddress } from '../../../orchestrator/src/cli/local-names.ts';
import { readConfig } from '../../../orchestrator/src/process/config.ts';
import { NOON } from '../../support/builders/registry-events.ts';
import { type ApiRig, apiRig, listening } from '../../support/harness/api-rig.ts';
import { hairem as runHairem } from '../../support/harness/cli-rig.ts';

let rig: ApiRig;
let url: string;
beforeEach(async () => {
  rig = apiRig();
  url = await listening(rig);
});
afterEach(() => rig.app.close());

const hairem = (line: string, options = {}) => runHairem(url, line.split(' '), options);

test('what to type is said as this installation is called', async () => {
  const env = { HAIREM_COMPOSE_PROJECT: 'second', HAIREM_PUBLISHED: '127.0.0.1:8101' };
  assert.match((await hairem('doctor', { env })).out, /^ok {5} the API at http:\/\/127\.0\.0\.1:8101 answers/m);
  rig.registry.apply({
    at: NOON,
    type: 'system',
    key: 'services',
    ok: false,
    because: '`docker compose logs services`',
  });
  rig.registry.apply({ at: NOON, type: 'system', key: 'disk', ok: false, because: 'full' });
  const { out } = await hairem('doctor', { env });
  assert.match(out, /→ `docker compose -p second up -d services`, then `docker compose -p second logs services`/);
  assert.match(out, /volume `second_data`/);
  assert.match((await hairem('ps', { env })).out, /services: `docker compose -p second logs services`/);
});

test('the published address is one that people can open', () => {
  const addressOf = (HAIREM_PUBLISHED: string) => apiAddress(readConfig({ HAIREM_PUBLISHED }));
  for (const [published, shown] of [
    ['', 'http://127.0.0.1:8000'],
    ['127.0.0.1:8101', 'http://127.0.0.1:8101'],
    ['0.0.0.0:8101', 'http://127.0.0.1:8101'],
    ['192.168.1.5:80', 'http://192.168.1.5:80'],
    [':::8101', 'http://127.0.0.1:8101'],
    ['[::1]:8101', 'http://[::1]:8101'],
    ['::1:8101', 'http://[::1]:8101'],
  ] as const)
    assert.equal(addressOf(published), shown, published);
});
