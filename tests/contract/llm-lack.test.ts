/** Why a provider cannot be reached, in one sentence that says what to write: the words of OpenSSL tell nobody anything. */
import assert from 'node:assert/strict';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { describe, test } from 'node:test';
import { lackOfReach } from '../../orchestrator/src/services/llm/provider/unreachable.ts';
import { CERTIFICATE } from '../support/servers/certificate.ts';
import { failure, hostile, settings, ways } from '../support/servers/hostile-calls.ts';

describe('a server that is there', () => {
  const rows: [name: string, server: () => Server, scheme: string, words: RegExp][] = [
    [
      'speaks http where https was asked for',
      () => createHttp(),
      'https',
      /it speaks http on that port: write http:\/\/127\.0\.0\.1:\d+\/v1 as base_url$/,
    ],
    [
      'speaks https where http was asked for',
      () => createHttps(CERTIFICATE),
      'http',
      /https on that port, write https:\/\/127\.0\.0\.1:\d+\/v1 as base_url$/,
    ],
    [
      'answers http with an alert of TLS',
      () => alerting(),
      'http',
      /it speaks https on that port: write https:\/\/127\.0\.0\.1:\d+\/v1 as base_url$/,
    ],
    [
      'has a certificate of its own',
      () => createHttps(CERTIFICATE),
      'https',
      /not from an authority.*HAIREM_CA_FILE.*\(DEPTH_ZERO_SELF_SIGNED_CERT\)$/,
    ],
    [
      'hangs up',
      () => createServer((socket) => void socket.once('data', () => socket.destroy())),
      'http',
      /it ended the connection \(ECONNRESET\)/,
    ],
    [
      'speaks neither',
      () => createServer((socket) => void socket.end('220 mail\r\n')),
      'http',
      /cannot be reached: .*\(HPE_INVALID_CONSTANT\)/,
    ],
    [
      'speaks neither, where https was asked for',
      () => createServer((socket) => void socket.end('220 mail\r\n')),
      'https',
      /write http:|no safe connection/,
    ],
  ];
  for (const [name, make, scheme, words] of rows) {
    test(name, async (t) => {
      const server = make();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      t.after(() => server.close());
      const baseUrl = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
      for (const way of ['whole', 'streamed', 'embedded'] as const) {
        const { code, message } = await failure(ways[way](settings({ baseUrl })));
        assert.equal(code, 'unavailable');
        assert.match(message, words);
        assert.doesNotMatch(message, /openssl|ssl3_|routines/i);
      }
      assert.equal(hostile.tries, 0, 'nobody knows whether it was heard');
    });
  }

  const alerting = () => createServer((socket) => void socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 40])));
});

describe('what the system says', () => {
  const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });
  const http = 'http://nas:11434/v1';
  const https = 'https://nas/v1';
  const rows: [code: string, baseUrl: string, words: RegExp, isCertain: boolean][] = [
    ['ECONNREFUSED', http, /nobody listens there/, true],
    [
      'ECONNREFUSED',
      'http://localhost:11434/v1',
      /localhost is the container of hAIrem itself.*http:\/\/host\.docker\.internal:11434\/v1/,
      true,
    ],
    ['ECONNREFUSED', 'http://127.0.0.1:1234/v1', /host\.docker\.internal:1234\/v1/, true],
    ['ENOTFOUND', http, /no such host/, true],
    ['EAI_AGAIN', http, /cannot be looked up now/, true],
    ['EHOSTUNREACH', http, /no way to that host/, true],
    ['ENETUNREACH', http, /no way to that network/, true],
    ['ETIMEDOUT', http, /does not answer/, true],
    ['ECONNRESET', http, /ended the connection/, false],
    ['ECONNRESET', 'http://nas/v1', /if it speaks https on that port, write https:\/\/nas\/v1/, false],
    ['EPIPE', http, /ended the connection/, false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', https, /HAIREM_CA_FILE/, false],
    ['SELF_SIGNED_CERT_IN_CHAIN', https, /HAIREM_CA_FILE/, false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', https, /HAIREM_CA_FILE/, false],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', https, /HAIREM_CA_FILE/, false],
    ['CERT_HAS_EXPIRED', https, /has expired.*clock/, false],
    ['CERT_NOT_YET_VALID', https, /not valid yet.*clock/, false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', https, /for another name/, false],
    ['EPROTO', https, /no safe connection/, false],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', https, /no safe connection/, false],
    ['ERR_INVALID_CHAR', http, /the key has a sign/, false],
  ];
  for (const [code, baseUrl, words, isCertain] of rows) {
    test(`${code} at ${baseUrl}`, () => {
      const found = lackOfReach(coded(code), settings({ baseUrl }), false);
      assert.match(found.reason, words);
      assert.equal(found.isCertain, isCertain);
    });
  }

  test('a host with several addresses is looked into', () => {
    const error = new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]);
    assert.match(lackOfReach(error, settings({ baseUrl: http }), false).reason, /nobody listens/);
  });

  test('a connection that broke in the middle says nothing of schemes', () => {
    assert.match(lackOfReach(coded('ECONNRESET'), settings({ baseUrl: http }), true).reason, /\(ECONNRESET\)$/);
  });

  test('a connection that was kept open and is gone was not heard', () => {
    const error = Object.assign(coded('ECONNRESET'), { wasKept: true });
    assert.equal(lackOfReach(error, settings({ baseUrl: http }), false).isCertain, true);
  });
});
