/**
 * A home server behind a certificate of the home's own works: agents of both languages reach it where HAIREM_CA_FILE names
 * the works, and another file reaches them by an ordinary update.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { command } from '../support/agents/command.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation } from '../support/installation/scenario.ts';

const NODE = `import { BaseAgent } from '@hairem/agent';
export class Agent extends BaseAgent {
  override setup() {
    this.onCommand('get', async ({ url }) => (await fetch(String(url))).text());
  }
}
`;
const PYTHON = `import urllib.request

from hairem import BaseAgent


class Agent(BaseAgent):
    def setup(self) -> None:
        self.on_command("get", lambda args, _: urllib.request.urlopen(args["url"], timeout=5).read().decode())
`;
const MANIFEST = 'name: Visitor\nnetwork: {egress: internet}\n';
const tls = (name: string) => fileURLToPath(new URL(`../support/servers/tls/${name}`, import.meta.url));

const CREW = ['visitor', 'visitor-python'];
const server = createServer((_request, response) => response.end('welcome home'));
let url = '';
before(async () => {
  server.setSecureContext({ cert: await readFile(tls('server.pem')), key: await readFile(tls('server.key')) });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  url = `https://host.docker.internal:${(server.address() as AddressInfo).port}/`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

const scenario = onInstallation({
  agents: {
    visitor: { 'manifest.yaml': MANIFEST, 'logic.ts': NODE },
    'visitor-python': { 'manifest.yaml': MANIFEST, 'logic.py': PYTHON },
  },
});

const visits = (it: Installation) =>
  Promise.all(CREW.map(async (id) => command(it, id, { name: 'get', args: { url } })));

scenario('agents refuse a server whose certificate nobody knows', async (it) => {
  await it.untilActive(CREW, 240_000);
  for (const { status, error } of await visits(it)) {
    assert.equal(status, 'error');
    assert.match(String(error), /fetch failed|CERTIFICATE_VERIFY_FAILED/);
  }
});

scenario('and reach it when the owner names its works', async (it) => {
  await it.orchestrator().stop();
  await it.startOrchestrator({ HAIREM_CA_FILE: tls('ca.pem') });
  await eventually('both reach it', async () => (await visits(it)).every(({ result }) => result === 'welcome home'), {
    deadlineMs: 240_000,
    intervalMs: 1_000,
  });
  for (const id of CREW) assert.equal((await it.api.agent(id)).last_update?.result, 'ok');
});
