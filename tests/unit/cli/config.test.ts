/** The environment is read once, every bad variable is named, and empty means unset. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { readConfig } from '../../../orchestrator/src/process/config.ts';

test('an empty environment gives the documented defaults', () => {
  const config = readConfig({});
  assert.equal(config.dataDir, '/data');
  assert.equal(config.agentsDir, '/agents');
  assert.deepEqual(config.redis, {
    host: 'redis',
    port: 6379,
    passwordFile: '/data/redis/orchestrator.password',
    container: null,
  });
  assert.equal(config.api.url, 'http://127.0.0.1:8000');
  assert.equal(config.api.tokenFile, '/data/token');
  assert.equal(config.pollMs, null);
  assert.equal(config.removeHoldMs, 3000);
  assert.match(config.baseImageDir, /\/agent-base-image$/);
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.api) && Object.isFrozen(config.redis));
});

test('empty variables count as unset', () => {
  assert.deepEqual(readConfig({ HAIREM_API_PORT: '', HAIREM_ORIGINS: '', HAIREM_KILL_AT: '' }), readConfig({}));
});

test('values are parsed', () => {
  const config = readConfig({
    HAIREM_DATA_DIR: '/srv/data',
    HAIREM_API_PORT: '9000',
    HAIREM_ORIGINS: 'https://a.example, http://b.example:81',
    HAIREM_HOSTS: 'nas.local,hub',
    HAIREM_POLL: '500',
    HAIREM_API_URL: 'http://127.0.0.1:9000/',
  });
  assert.equal(config.api.port, 9000);
  assert.equal(config.redis.passwordFile, '/srv/data/redis/orchestrator.password');
  assert.deepEqual(config.api.origins, ['https://a.example', 'http://b.example:81']);
  assert.deepEqual(config.api.hosts, ['nas.local', 'hub']);
  assert.equal(config.pollMs, 500);
  assert.equal(config.api.url, 'http://127.0.0.1:9000');
});

test('every bad variable is named with what is expected', () => {
  const bad = {
    HAIREM_API_PORT: 'eighty',
    HAIREM_REDIS_PORT: '0',
    HAIREM_DATA_DIR: 'data',
    HAIREM_ORIGINS: 'panel.local',
    HAIREM_SUBNET: '10.0.0.0/30',
    HAIREM_LOG_LEVEL: 'loud',
    HAIREM_API_HOST: 'example',
    HAIREM_API_URL: 'ftp://x',
    HAIREM_BACKOFF_BASE_MS: '1.5',
    TZ: 'Mars/North',
  };
  assert.throws(
    () => readConfig(bad),
    (error: unknown) => {
      assert.ok(error instanceof HairemError);
      assert.equal(error.code, 'bad_config');
      for (const name of Object.keys(bad)) assert.match(error.message, new RegExp(`${name} is "[^"]+"; expected \\w`));
      assert.match(error.message, /HAIREM_API_PORT is "eighty"; expected a whole number from 0 to 65535/);
      return true;
    },
  );
});

for (const [zone, taken] of [
  ['Europe/Paris', true],
  ['America/Argentina/Buenos_Aires', true],
  ['Etc/GMT+5', true],
  ['CET-1CEST', false],
  ['+01:00', false],
  [':/etc/localtime', false],
  ['Europe/Pari', false],
] as const) {
  test(`TZ=${zone} is ${taken ? 'a time zone' : 'none, and named'}`, () => {
    if (taken) assert.equal(readConfig({ TZ: zone }).timezone, zone);
    else assert.throws(() => readConfig({ TZ: zone }), /TZ is ".*"; expected the name of a time zone, such as/);
  });
}
