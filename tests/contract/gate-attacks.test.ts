/**
 * A compromised orchestrator before the real gate and the real engine: what it may touch and see. Beside its
 * installation there are another one and a container of somebody else, with a secret in its environment.
 */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { LABEL } from '../../orchestrator/src/domain/labels.ts';
import { engine, inspect } from '../support/host/engine.ts';
import { type Attack, type Crew, startAttack } from './attack-rig.ts';

let attack: Attack;
let own: Crew;
let other: Crew;
let stranger: string;
let STRANGER: string;
let SECRET: string;
let ask: Attack['ask'];
let assertRefused: Attack['assertRefused'];
before(async () => {
  attack = await startAttack();
  ({ own, other, stranger, strangerName: STRANGER, secret: SECRET, ask, assertRefused } = attack);
});
after(() => attack.close());

test('what is done to a thing is done to our own', async () => {
  for (const id of [stranger, STRANGER, stranger.slice(0, 12), other.container]) {
    const lines = [
      `GET /containers/${id}/json`,
      `GET /v1.41/containers/${id}/json?size=true`,
      `GET /containers/${id}/logs?stdout=true&stderr=true&tail=all`,
      `GET /containers/${id}/stats?stream=false`,
      `GET /containers/${id}/top`,
      `GET /containers/${id}/changes`,
      `GET /containers/${id}/export`,
      `GET /containers/${id}/archive?path=/etc/passwd`,
      `POST /containers/${id}/start`,
      `POST /containers/${id}/stop?t=0`,
      `POST /containers/${id}/restart`,
      `POST /containers/${id}/kill?signal=KILL`,
      `POST /containers/${id}/pause`,
      `POST /containers/${id}/rename?name=hairem-${own.harness.installId}-alpha-9`,
      `POST /containers/${id}/wait?condition=removed`,
      `POST /containers/${id}/attach?stream=1&stdout=1`,
      `POST /containers/${id}/exec`,
      `POST /containers/${id}/update`,
      `POST /commit?container=${id}`,
      `DELETE /containers/${id}?force=true&v=true`,
    ];
    for (const line of lines) {
      const body = line.endsWith('update') ? { NanoCpus: 1e7 } : line.endsWith('exec') ? { Cmd: ['id'] } : undefined;
      assertRefused(await ask(line, body), line);
    }
  }
  assert.ok((await inspect(stranger)).State.Running);
  assert.ok((await inspect(other.container)).State.Running);
});

test('networks and volumes of others stay as they are', async () => {
  const redis = own.redis;
  for (const name of [STRANGER, other.network, 'bridge', 'host']) {
    assertRefused(await ask(`GET /networks/${name}`), `inspect ${name}`);
    assertRefused(await ask(`DELETE /networks/${name}`), `delete ${name}`);
    const connect = { Container: redis, EndpointConfig: { Aliases: ['redis'] } };
    assertRefused(await ask(`POST /networks/${name}/connect`, connect), `connect ${name}`);
    const disconnect = { Container: stranger, Force: true };
    assertRefused(await ask(`POST /networks/${name}/disconnect`, disconnect), `disconnect ${name}`);
  }
  for (const container of [stranger, STRANGER, other.container, own.container]) {
    const connect = { Container: container, EndpointConfig: { Aliases: ['redis'] } };
    assertRefused(await ask(`POST /networks/${own.network}/connect`, connect), `connect ${container}`);
  }
  const disconnect = { Container: stranger, Force: true };
  assertRefused(await ask(`POST /networks/${own.network}/disconnect`, disconnect), 'disconnect a stranger');
  for (const name of [STRANGER, other.volume, own.volume]) {
    assertRefused(await ask(`DELETE /volumes/${name}?force=true`), `delete ${name}`);
    assertRefused(await ask(`GET /volumes/${name}`), `inspect ${name}`);
  }
});

test('images of others are neither seen, tagged nor removed', async () => {
  for (const image of [
    'redis:7-bookworm',
    'node:24-bookworm-slim',
    other.harness.image,
    'hairem/orchestrator:latest',
  ]) {
    assertRefused(await ask(`GET /images/${image}/json`), `inspect ${image}`);
    assertRefused(await ask(`DELETE /images/${image}`), `delete ${image}`);
    assertRefused(await ask(`DELETE /images/${image}?force=true`), `force ${image}`);
    assertRefused(await ask(`POST /images/${image}/tag?repo=hairem/agent-alpha&tag=x`), `tag ${image}`);
    assertRefused(await ask(`POST /images/${image}/push`), `push ${image}`);
    assertRefused(await ask(`GET /images/${image}/get`), `get ${image}`);
  }
  assertRefused(await ask('POST /images/create?fromImage=evil&tag=1'), 'pull');
  assertRefused(await ask('POST /images/load'), 'load');
  assertRefused(await ask('POST /images/prune'), 'prune');
});

test('lists, inspections and events show our own', async () => {
  const foreign = [SECRET, STRANGER, stranger, other.container, other.harness.installId];
  const filters = (value: object) => encodeURIComponent(JSON.stringify(value));
  const lines = [
    'GET /containers/json?all=true',
    `GET /containers/json?all=true&filters=${filters({ label: ['note'] })}`,
    `GET /containers/json?all=true&filters=${filters({ label: [`${LABEL.orchestrator}=${other.harness.installId}`] })}`,
    `GET /containers/json?all=true&filters=${filters({ label: { note: true } })}`,
    'GET /networks',
    `GET /networks?filters=${filters({ name: [STRANGER] })}`,
    `GET /networks/${own.network}`,
    'GET /volumes',
    'GET /images/json',
    'GET /info',
    'GET /system/df',
    'GET /version',
    `GET /containers/${own.redis}/json`,
  ];
  for (const line of lines) {
    const { status, text: shown } = await ask(line);
    assert.equal(status, 200, `${line}: ${shown}`);
    for (const secret of foreign) assert.ok(!shown.includes(secret), `${line} shows ${secret}: ${shown.slice(0, 300)}`);
    assert.doesNotMatch(shown, /"(?:Env|Mounts|Driver|DockerRootDir|Mountpoint|Cmd|Binds)"/, line);
  }
  for (const key of ['id', 'name', 'ancestor', 'Label']) {
    assertRefused(await ask(`GET /containers/json?filters=${filters({ [key]: [stranger] })}`), key);
  }
  for (const line of [
    'GET /system/df?type=image',
    'GET /images/search?term=x',
    'GET /tasks',
    'GET /configs',
    'GET /distribution/x/json',
  ])
    assertRefused(await ask(line), line);
});

test('events of others are not heard', async () => {
  const heard = await new Promise<string>((resolve, reject) => {
    const filters = encodeURIComponent(JSON.stringify({ type: ['container', 'network', 'volume', 'image'] }));
    const call = httpRequest(
      { socketPath: attack.socket, path: `/events?filters=${filters}`, agent: false },
      (response) => {
        let all = '';
        response.setEncoding('utf8');
        response.on('data', (part) => {
          all += part;
          if (!all.includes('"Action":"kill"')) return;
          call.destroy();
          resolve(all);
        });
        // First theirs, then ours: when ours is heard, theirs has been.
        engine('POST', `/containers/${stranger}/kill?signal=CONT`)
          .then(() => engine('POST', `/containers/${other.container}/kill?signal=CONT`))
          .then(() => engine('POST', `/containers/${own.container}/kill?signal=CONT`))
          .catch(reject);
      },
    );
    call.end();
  });
  assert.ok(heard.includes(own.container));
  assert.ok(!heard.includes(stranger) && !heard.includes(other.container) && !heard.includes(SECRET), heard);
});
