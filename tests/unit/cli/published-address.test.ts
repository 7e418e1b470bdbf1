/** Where the CLI says that the API is reached, by what the launcher was told of the published port. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiAddress } from '../../../orchestrator/src/cli/as-here.ts';
import { readConfig } from '../../../orchestrator/src/config.ts';

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
