/** Builds in a real engine: what is refused, who installs, what an install reaches, and whom it holds up. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { command } from '../support/agents/command.ts';
import { manifest, parrot } from '../support/builders/bundles.ts';
import { sdistOf } from '../support/builders/sdist.ts';
import { eventually } from '../support/eventually.ts';
import { onInstallation, say } from '../support/installation/scenario.ts';

const IDNA = 'idna==3.7 --hash=sha256:82fee1fc78add43492d3a1898bfa6d8a904cc97d8427f683ed8e798d07761aa0';

const LOGIC = `
import idna
from hairem import BaseAgent

class Agent(BaseAgent):
    def setup(self):
        self.on_command("version", lambda args, message: idna.__version__)
`;

const python = (requirements: string, logic = LOGIC) => ({
  'manifest.yaml': manifest({ extra: 'network: {egress: none}\n' }),
  'requirements.txt': `${requirements}\n`,
  'logic.py': logic,
});

const home = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
assert.ok(home, 'this host has no address');

/** What a package does while it is built; it is installed as a module that tells what it could do. */
const setupOf = (secretPort: number) => `
import os, socket, time, urllib.request
from setuptools import setup

def tried(what):
    try:
        return what() or True
    except Exception as error:
        return type(error).__name__

REPORT = {
    "uid": os.getuid(),
    "runtime": tried(lambda: open("/opt/hairem/hairem/evil.py", "w").close()),
    "packages": tried(lambda: open("/app/deps/evil.py", "w").close()),
    "system": tried(lambda: open("/usr/local/bin/evil", "w").close()),
    "direct": tried(lambda: socket.create_connection(("${home}", ${secretPort}), 3).close()),
    "metadata": tried(lambda: socket.create_connection(("169.254.169.254", 80), 3).close()),
    "proxied": tried(lambda: urllib.request.urlopen("http://${home}:${secretPort}/", timeout=10).read()),
    "elsewhere": tried(lambda: urllib.request.urlopen("https://example.com/", timeout=10).read()),
}
with open("evil_report.py", "w") as file:
    file.write("REPORT = " + repr(REPORT))
if os.path.exists("sleep"):
    time.sleep(500)
setup(name="evil", version="1.0", py_modules=["evil_report"])
`;

let heard = 0;
const secret = createServer((_, response) => {
  heard += 1;
  response.end('the heating is on');
});
secret.on('connection', () => {
  heard += 1;
});
const archives = new Map<string, Buffer>();
const index = createServer((request, response) => response.end(archives.get(request.url ?? '')));
for (const server of [secret, index]) {
  await new Promise<void>((resolve) => void server.listen(0, '0.0.0.0', resolve));
  after(() => server.close());
}
const [secretPort, indexPort] = [secret, index].map((server) => (server.address() as AddressInfo).port);
assert.ok(secretPort && indexPort);
archives.set('/evil-1.0.tar.gz', await sdistOf('evil', { 'setup.py': setupOf(secretPort) }));
archives.set('/sleeps/evil-1.0.tar.gz', await sdistOf('evil', { 'setup.py': setupOf(secretPort), sleep: '' }));

const dir = mkdtempSync(join(tmpdir(), 'hairem-builds-'));
after(() => rm(dir, { recursive: true }));
const grants = join(dir, 'grants.yaml');
const built = `build: {compilers: true, sources: ["http://${home}:${indexPort}/"]}`;
await writeFile(grants, `agents:\n${['evil', 'sleeps', 'snores'].map((id) => `  ${id}: {${built}}\n`).join('')}`);
const REPORTING = LOGIC.replace('import idna', 'import evil_report').replace('idna.__version__', 'evil_report.REPORT');
const evil = (path: string) => python(`evil @ http://${home}:${indexPort}${path}/evil-1.0.tar.gz`, REPORTING);

const scenario = onInstallation({
  env: { HAIREM_GRANTS_FILE: grants },
  agents: {
    packaged: python(IDNA),
    'in-node': {
      ...parrot({ mark: 'odd' }),
      'package.json': '{"type": "module", "dependencies": {"is-odd": "3.0.1"}}',
    },
    'from-url': python('https://example.com/evil.tar.gz'),
    // The index has it as source alone.
    unbuilt: python('docopt==0.6.2'),
  },
});

scenario('packages come from the index, and what is not there as a wheel is named', async (installation) => {
  const began = performance.now();
  await installation.untilActive(['packaged', 'in-node'], 240_000);
  say(`a first install, with its base images: ${Math.round(performance.now() - began)} ms`);
  assert.equal((await command(installation, 'packaged', { name: 'version' })).result, '3.7');
  await eventually('the source is refused', async () => {
    const record = JSON.stringify(await installation.api.agent('unbuilt'));
    return /docopt/.test(record) && /grants\.yaml/.test(record);
  });
  await installation.agents.remove('unbuilt');
});

scenario('a requirement from elsewhere is refused, with the line that would grant it', async (installation) => {
  const record = await installation.api.agent('from-url');
  assert.match(JSON.stringify(record), /requirements\.txt.*deploy\/grants\.yaml/s);
  await installation.agents.remove('from-url');
});

scenario(
  'what a package does while it is built: an ordinary user, no runtime, no host, no LAN',
  async (installation) => {
    const began = performance.now();
    await installation.agents.put('evil', evil(''));
    await installation.untilActive(['packaged', 'evil'], 280_000);
    say(`a build from source, with its compilers: ${Math.round(performance.now() - began)} ms`);
    const { result } = await command(installation, 'evil', { name: 'version' });
    say(JSON.stringify(result));
    const { uid, ...did } = result as Record<string, unknown>;
    assert.equal(uid, 10002);
    for (const [what, came] of Object.entries(did)) assert.match(String(came), /Error|timeout/i, what);
    assert.equal(heard, 0);
    await installation.untilNoLeftovers(['packaged', 'in-node', 'evil'], 60_000);
  },
);

scenario('two builds that sleep hold up nobody else', async (installation) => {
  await installation.agents.put('sleeps', evil('/sleeps'));
  await installation.agents.put('snores', evil('/sleeps'));
  for (const id of ['sleeps', 'snores']) {
    await eventually(`${id} is built`, async () => (await installation.api.agent(id)).status === 'building');
  }
  const began = performance.now();
  await installation.agents.put('plain', parrot({ mark: 'plain' }));
  await installation.agents.put('installs', python('idna==3.6'));
  await installation.untilActive(['plain', 'installs'], 60_000);
  say(`an install beside two that sleep: ${Math.round(performance.now() - began)} ms`);
  for (const id of ['sleeps', 'snores']) assert.notEqual((await installation.api.agent(id)).status, 'active');
});
