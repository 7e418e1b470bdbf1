/**
 * Packages that take what they can while they are built, with a grant, for without one nothing of a package runs: a fork
 * bomb, a memory hog, one that fills the disk. Each ends with its own sentence, and the crew goes on meanwhile.
 */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { saveParrot, untilAnswers } from '../support/agents/crew.ts';
import { manifest, parrot } from '../support/builders/bundles.ts';
import { sdistOf } from '../support/builders/sdist.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation, say } from '../support/installation/scenario.ts';
import { hostAddress } from '../support/installation/shipped.ts';

interface Attack {
  /** Of setup.py, as its user sees the machine. */
  code: string;
  /** In the reason of the failed build. */
  said: RegExp;
}

const ATTACKS: Readonly<Record<string, Attack>> = {
  // Every process forks on, and none ends by itself.
  forks: {
    code: `
import os, sys, time
began = time.time()
main = os.getpid()
made, refused = 0, None
while time.time() - began < 8:
    try:
        if os.fork() > 0:
            made += 1
        else:
            # Else pip waits for what they say, until its time is over.
            os.closerange(0, 64)
    except OSError as error:
        refused = error
        time.sleep(0.01)
if os.getpid() != main:
    while True:
        time.sleep(60)
print("FORKED", made, flush=True)
raise refused
`,
    said: /it started more processes than a build may/,
  },
  eats: {
    code: `
held = []
while True:
    held.append(b"x" * (64 * 1024 * 1024))
`,
    said: /it took more memory than a build may/,
  },
  fills: {
    code: `
block = b"x" * (8 * 1024 * 1024)
number = 0
while True:
    number += 1
    with open("/tmp/fill-%d" % number, "wb", buffering=0) as file:
        for _ in range(100):
            file.write(block)
`,
    said: /it wrote more than 4 GB/,
  },
};
const NAMES = Object.keys(ATTACKS);

const archives = new Map<string, Buffer>();
for (const [name, { code }] of Object.entries(ATTACKS))
  archives.set(`/${name}-1.0.tar.gz`, await sdistOf(name, { 'setup.py': code }));
const index = createServer((request, response) => response.end(archives.get(request.url ?? '')));
await new Promise<void>((resolve) => void index.listen(0, '0.0.0.0', resolve));
after(() => index.close());
const from = `http://${await hostAddress()}:${(index.address() as AddressInfo).port}/`;

const dir = mkdtempSync(join(tmpdir(), 'hairem-build-attacks-'));
after(() => rm(dir, { recursive: true }));
const grants = join(dir, 'grants.yaml');
const built = `build: {compilers: true, sources: ["${from}"]}`;
await writeFile(grants, `agents:\n${NAMES.map((id) => `  ${id}: {${built}}\n`).join('')}`);
const bundle = (name: string) => ({
  'manifest.yaml': manifest({ extra: 'network: {egress: none}\n' }),
  'requirements.txt': `${name} @ ${from}${name}-1.0.tar.gz\n`,
  'logic.py': 'from hairem import BaseAgent\n\n\nclass Agent(BaseAgent):\n    pass\n',
});

const scenario = onInstallation({ env: { HAIREM_GRANTS_FILE: grants }, agents: { polly: parrot({ mark: 'zero' }) } });

const recordOf = async ({ api }: Installation, id: string) => JSON.stringify(await api.agent(id));

for (const [name, { said }] of Object.entries(ATTACKS))
  scenario(`a package that ${name} is ended, with its reason, and the crew goes on`, async (installation) => {
    const began = performance.now();
    await installation.untilActive(['polly'], 240_000);
    await installation.agents.put(name, bundle(name));
    await eventually('it is built', async () => (await installation.api.agent(name)).status === 'building');
    await saveParrot(installation, 'polly', { mark: name });
    await untilAnswers(installation, { id: 'polly', mark: name });
    // Its compilers may have to be made first.
    await eventually(`${name} is ended`, async () => said.test(await recordOf(installation, name)), {
      deadlineMs: 240_000,
      intervalMs: 250,
    });
    say(`${name}: ${Math.round(performance.now() - began)} ms`);
    await installation.agents.remove(name);
    await installation.untilNoLeftovers(['polly'], 60_000);
  });

scenario('nobody else has paid for it', async ({ api }) => {
  const { last_update, status, instance } = await api.agent('polly');
  // One for each of its updates.
  assert.deepEqual([last_update?.result, status, instance], ['ok', 'active', 1 + NAMES.length]);
});
