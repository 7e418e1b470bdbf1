/** Which addresses are reached through a proxy, by every form of NO_PROXY that people write: one line a case. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { passwordsOf, proxiesIn, proxyFor, proxyVariables } from '../../../orchestrator/src/domain/network/proxies.ts';

const PROXY = 'http://proxy.home:3128';
const both = { HTTP_PROXY: 'http://proxy.home:3128', HTTPS_PROXY: PROXY };

describe('NO_PROXY', () => {
  const CASES: [string, string, boolean][] = [
    ['', 'https://api.example.com/', true],
    ['*', 'https://api.example.com/', false],
    ['example.com', 'https://api.example.com/', false],
    ['example.com', 'https://example.com/', false],
    ['example.com', 'https://notexample.com/', true],
    ['.example.com', 'https://api.example.com/', false],
    ['.example.com', 'https://example.com/', false],
    ['*.example.com', 'https://api.example.com/', false],
    ['EXAMPLE.com', 'https://api.Example.COM/', false],
    ['example.com:8443', 'https://example.com:8443/', false],
    ['example.com:8443', 'https://example.com/', true],
    ['example.com:443', 'https://example.com/', false],
    ['a.test,example.com', 'https://example.com/', false],
    ['a.test example.com', 'https://example.com/', false],
    ['a.test, example.com ,', 'https://example.com/', false],
    ['192.168.1.5', 'http://192.168.1.5:11434/', false],
    ['192.168.1.5:80', 'http://192.168.1.5:11434/', true],
    ['192.168.0.0/16', 'http://192.168.1.5:11434/', false],
    ['192.168.0.0/16', 'http://10.0.0.1/', true],
    ['192.168.0.0/99', 'http://192.168.1.5/', true],
    ['fd00::/8', 'http://[fd00::1]:8080/', false],
    ['fd00::1', 'http://[fd00::1]:8080/', false],
    ['[fd00::1]:8080', 'http://[fd00::1]:8080/', false],
    ['[fd00::1]:80', 'http://[fd00::1]:8080/', true],
    ['', 'http://localhost:11434/', false],
    ['', 'http://127.0.0.1:11434/', false],
    ['', 'http://[::1]:11434/', false],
    ['', 'http://host.docker.internal:11434/', false],
    ['.', 'https://example.com/', true],
    [':443', 'https://example.com/', true],
  ];
  for (const [none, url, isProxied] of CASES) {
    test(`"${none}": ${url} ${isProxied ? 'through the proxy' : 'directly'}`, () => {
      const proxies = proxiesIn({ ...both, NO_PROXY: none });
      assert.equal(proxyFor(new URL(url), proxies), isProxied ? PROXY : null);
    });
  }
});

describe('the variables', () => {
  const CASES: [string, Record<string, string>, { http: string | null; https: string | null }][] = [
    ['none', {}, { http: null, https: null }],
    ['in capitals', both, { http: PROXY, https: PROXY }],
    ['in lower case', { http_proxy: PROXY, https_proxy: PROXY }, { http: PROXY, https: PROXY }],
    ['one for each', { http_proxy: 'http://a', HTTPS_PROXY: 'http://b' }, { http: 'http://a', https: 'http://b' }],
    ['both ways: capitals first', { HTTPS_PROXY: PROXY, https_proxy: 'http://b' }, { http: null, https: PROXY }],
    ['as compose passes them', { HAIREM_HTTPS_PROXY: PROXY, HTTPS_PROXY: 'http://b' }, { http: null, https: PROXY }],
    ['empty', { HTTPS_PROXY: '' }, { http: null, https: null }],
    ['without a scheme', { HTTPS_PROXY: 'proxy.home:3128' }, { http: null, https: PROXY }],
    ['SOCKS, which nothing here speaks', { HTTPS_PROXY: 'socks5://a:1080' }, { http: null, https: null }],
    ['no URL', { HTTPS_PROXY: 'http://' }, { http: null, https: null }],
  ];
  for (const [what, env, { http, https }] of CASES) {
    test(what, () => {
      const proxies = proxiesIn(env);
      assert.deepEqual([proxies.http, proxies.https], [http, https]);
    });
  }

  test('agents get them, with this host left out, and Node is told to look', () => {
    assert.deepEqual(proxyVariables(proxiesIn({})), {});
    assert.deepEqual(proxyVariables(proxiesIn({ HTTPS_PROXY: PROXY, NO_PROXY: '.home' })), {
      HTTPS_PROXY: PROXY,
      NO_PROXY: '.home,localhost,127.0.0.0/8,::1,host.docker.internal',
      NODE_USE_ENV_PROXY: '1',
    });
  });

  test('a password in one is known, so that no log shows it', () => {
    assert.deepEqual(passwordsOf(proxiesIn({ HTTPS_PROXY: 'http://me:s%40crt@proxy:3128' })), ['s@crt']);
  });
});
