/** Builds in a real engine: what is refused, who installs, what an install reaches, and whom it holds up. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after } from 'node:test';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { manifest, parrot } from '../builders.ts';
import { command } from '../rig/command.ts';
import { eventually } from '../rig/eventually.ts';
import type { Installation } from '../rig/installation.ts';
import { onInstallation, say } from '../rig/scenario.ts';

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

const scenario = onInstallation({
  agents: {
    packaged: python(IDNA),
    'from-url': python('https://example.com/evil.tar.gz'),
    // The index has it as source alone.
    unbuilt: python('docopt==0.6.2'),
  },
});

scenario('packages come from the index, and what is not there as a wheel is named', async (installation) => {
  const began = performance.now();
  await installation.untilActive(['packaged'], 240_000);
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
