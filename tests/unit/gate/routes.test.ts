/** What the gate lets through, and what it must not. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findPassage, ROUTES } from '../../../orchestrator/src/gate/routes.ts';

const allowed = (line: string) => {
  const [method = '', target = ''] = line.split(' ');
  return findPassage(method, target).allowed;
};

test('the calls of the orchestrator pass, with and without a version', () => {
  const calls = [
    'GET /version?',
    'GET /v1.41/info',
    'GET /v1.44/events?filters=%7B%22label%22%3A%5B%22x%22%5D%7D',
    'GET /v1.41/containers/json?all=true&filters=%7B%7D',
    'POST /v1.41/containers/create?name=hairem-ab12-echo-7',
    'POST /v1.41/containers/0123456789ab/start?',
    'POST /v1.41/containers/0123456789ab/stop?t=10',
    'GET /v1.41/containers/hairem-ab12-echo-7/logs?stdout=true&stderr=true&timestamps=true&follow=false&tail=20',
    'DELETE /v1.41/containers/0123456789ab?force=true&v=true',
    'POST /v1.41/build?version=1&t=hairem%2Fagent-echo%3Aabc&rm=true&forcerm=true&pull=false&networkmode=default',
    'DELETE /v1.41/images/hairem/agent-echo:0123456789abcdef?',
    'POST /v1.41/networks/create?',
    'POST /v1.41/networks/hairem-ab12-echo/connect?',
  ];
  for (const call of calls) assert.ok(allowed(call), call);
});

test('everything else is refused', () => {
  const calls = [
    'GET /_ping',
    'GET /v1.41/containers/abc/stats',
    'GET /v1.41/containers/abc/top',
    'GET /v1.41/containers/abc/changes',
    'POST /v1.41/containers/abc/kill',
    'POST /v1.41/containers/abc/pause',
    'POST /v1.41/containers/abc/rename?name=hairem-x',
    'POST /v1.41/containers/prune',
    'POST /v1.41/images/hairem/x:1/tag?repo=hairem/y&tag=1',
    'POST /v1.41/images/create?fromImage=evil',
    'POST /v1.41/images/prune',
    'GET /v1.41/images/redis:7-bookworm/json',
    'DELETE /v1.41/images/redis:7-bookworm',
    'DELETE /v1.41/images/hairem/x:1?force=true',
    'GET /v1.41/volumes/abc',
    'DELETE /v1.41/volumes/abc',
    'POST /v1.41/networks/prune',
    'POST /v1.41/build/prune',
    'HEAD /v1.41/containers/abc/archive?path=/',
    'POST /v1.41/containers/abc/exec',
    'POST /v1.41/exec/abc/start',
    'POST /v1.41/containers/abc/attach',
    'PUT /v1.41/containers/abc/archive?path=/',
    'GET /v1.41/containers/abc/archive?path=/etc/shadow',
    'GET /v1.41/containers/abc/export',
    'POST /v1.41/commit?container=abc',
    'POST /v1.41/session',
    'POST /v1.41/grpc',
    'GET /v1.41/plugins',
    'POST /v1.41/swarm/init',
    'GET /v1.41/secrets',
    'POST /v1.41/images/load',
    'PATCH /v1.41/info',
    'GET /',
    'GET /v1.41',
    'GET /v1.41/containers/json/',
    'GET /v1.41//containers/json',
    'GET /v1.41/containers/../../info',
    'GET /v1.41/containers/..%2f..%2finfo/json',
    'GET /v1.41/images/a/../b/json',
    'GET /v1.41/info%0d%0aX: y',
    'GET http://engine/v1.41/info',
    'GET /x/v1.41/info',
    'GET /v1.41/info#x',
  ];
  for (const call of calls) assert.ok(!allowed(call), call);
});

test('old API versions, where a start took a host config, are refused', () => {
  assert.ok(!allowed('POST /v1.23/containers/abc/start'));
  assert.ok(!allowed('POST /v1.40/containers/abc/start'));
  assert.ok(!allowed('POST /v2.0/containers/abc/start'));
});

test('whatever a path names has an owner who is asked', () => {
  for (const { spec, names, path } of ROUTES) {
    const groups = new RegExp(`${path.source}|`).exec('')?.length ?? 0;
    assert.equal(groups - 2, names === null ? 0 : 1, `${spec} takes a name that nobody looks up`);
    if (names === null) assert.match(spec, /^[A-Z]+ [a-z/]+$/, `${spec} takes more than one path`);
  }
});

test('each route has a caller', () => {
  const engine = fileURLToPath(new URL('../../../orchestrator/src/engine', import.meta.url));
  const callers = globSync(`${engine}/**/*.ts`).map((file) => readFileSync(file, 'utf8'));
  for (const { spec, method } of ROUTES) {
    const path = spec.slice(method.length + 1);
    const literal = path
      .replace(/\{.+\}/, '${')
      .split('${')
      .map((part) => RegExp.escape(part))
      .join('\\$\\{[^}]+\\}');
    const asked = new RegExp(`['\`]${literal}['\`]`);
    const isAsked = callers.some((text) => asked.test(text) && text.includes(`method: '${method}'`));
    assert.ok(isAsked, `${spec}: nothing in engine/ asks for it`);
  }
});

test('a build may not reach elsewhere', () => {
  const build = 'POST /v1.41/build?t=hairem/x:1';
  assert.ok(allowed(build));
  const more = [
    'remote=http://evil/x.tar',
    'networkmode=host',
    'version=2',
    'extrahosts=a:1.2.3.4',
    'cgroupparent=x',
    'buildargs=x',
    'pull=true',
    'dockerfile=../x',
    't=hairem/y:1',
    '__proto__=1',
    'labels=%7B%7D;remote=http://evil',
  ];
  for (const parameter of more) assert.ok(!allowed(`${build}&${parameter}`), parameter);
  assert.ok(!allowed('POST /v1.41/build?t=node:24-bookworm-slim'));
  assert.ok(!allowed('POST /v1.41/containers/create?name=redis'));
});
