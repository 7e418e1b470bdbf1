/**
 * The ways of an install to its packages, in both languages: an index behind a certificate of the home's own works, which
 * HAIREM_CA_FILE names, and the public indexes through the proxy of the home.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LABEL } from '../../orchestrator/src/domain/labels.ts';
import { command } from '../support/agents/command.ts';
import { manifest, parrot } from '../support/builders/bundles.ts';
import { eventually } from '../support/eventually.ts';
import { byLabel, engine } from '../support/host/engine.ts';
import { onInstallation } from '../support/installation/scenario.ts';
import { hostAddress } from '../support/installation/shipped.ts';
import { startHttpProxy } from '../support/servers/http-proxy.ts';
import { startPackageMirror } from '../support/servers/package-mirror.ts';

const CA = fileURLToPath(new URL('../support/servers/tls/ca.pem', import.meta.url));
const mirror = await startPackageMirror('host.docker.internal', { wheel: 'idna==3.7', npm: 'is-number@7.0.0' });
const proxy = await startHttpProxy({ address: await hostAddress(), isReal: true });
after(async () => {
  await mirror.close();
  await proxy.close();
});

/** Else an earlier run's image of the same packages would be found. */
const run = randomBytes(6).toString('hex');
const python = (mark: string) => ({
  'manifest.yaml': manifest({ extra: 'network: {egress: none}\n' }),
  'requirements.txt': `# ${run} ${mark}\nidna==3.7\n`,
  'logic.py': `import idna
from hairem import BaseAgent


class Agent(BaseAgent):
    def setup(self) -> None:
        self.on_command("mark", lambda args, _: {"mark": "${mark} " + idna.__version__})
`,
});
const node = (mark: string) => ({
  ...parrot({ mark }),
  'package.json': JSON.stringify({ type: 'module', description: run, dependencies: { 'is-number': '7.0.0' }, mark }),
});
const CREW = ['pip-agent', 'npm-agent'];

const scenario = onInstallation({
  agents: { 'pip-agent': python('mirror'), 'npm-agent': node('mirror') },
  env: { HAIREM_PIP_INDEX_URL: mirror.pip, HAIREM_NPM_REGISTRY: mirror.npm },
});

scenario('behind a certificate that nobody knows, an install fails and says what to set', async ({ api }) => {
  for (const [id, setting] of [
    ['pip-agent', 'HAIREM_PIP_INDEX_URL'],
    ['npm-agent', 'HAIREM_NPM_REGISTRY'],
  ] as const) {
    const said = `of no authority that is known: put the authority's into the file that HAIREM_CA_FILE names, or name another index in ${setting}`;
    await eventually(`${id} says it`, async () => JSON.stringify(await api.agent(id)).includes(said), {
      deadlineMs: 280_000,
    });
  }
  assert.deepEqual(mirror.asked, []);
});

scenario('with HAIREM_CA_FILE it installs from there alone', async (it) => {
  await it.orchestrator().stop();
  await it.startOrchestrator({ HAIREM_CA_FILE: CA });
  await it.untilActive(CREW, 240_000);
  assert.equal(((await command(it, 'pip-agent', { name: 'mark' })).result as { mark: string }).mark, 'mirror 3.7');
  assert.ok(
    mirror.asked.some((path) => /^\/pip\/.*\.whl$/.test(path)),
    mirror.asked.join(' '),
  );
  assert.ok(
    mirror.asked.some((path) => /^\/npm\/.*\.tgz$/.test(path)),
    mirror.asked.join(' '),
  );
});

scenario('through the proxy of the home it installs from the public indexes, and by no other way', async (it) => {
  await it.orchestrator().stop();
  const asked = mirror.asked.length;
  const ways = { HAIREM_PIP_INDEX_URL: '', HAIREM_NPM_REGISTRY: '', HTTPS_PROXY: proxy.url };
  await it.startOrchestrator(ways);
  const hosts: string[] = [];
  for (const [id, files] of [
    ['pip-agent', python('proxy')],
    ['npm-agent', node('proxy')],
  ] as const) {
    proxy.asked.length = 0;
    for (const [path, text] of Object.entries(files)) await it.agents.save(id, path, text);
    await eventually(
      `${id} is there`,
      async () => /^proxy/.test(((await command(it, id, { name: 'mark' })).result as { mark: string }).mark),
      { deadlineMs: 240_000, intervalMs: 1_000 },
    );
    assert.ok(proxy.asked.length > 0 && proxy.asked.every((line) => /^CONNECT \S+:443$/.test(line)), id);
    hosts.push(...proxy.asked);
  }
  assert.ok(new Set(hosts).size >= 2, 'those of both languages');
  assert.equal(mirror.asked.length, asked);
});

scenario('what these installs made is theirs, and goes', async (it) => {
  const made = await engine<{ Id: string; Labels: Record<string, string> }[]>(
    'GET',
    `/images/json?${byLabel(LABEL.maker, it.installId)}`,
  );
  const deps = made.filter(({ Labels }) => Labels[LABEL.kind] === 'deps');
  assert.ok(deps.length >= 4, String(deps.length));
  await it.stop();
  for (const { Id } of deps) await engine('DELETE', `/images/${Id}?force=true`, { accept: [404, 409] });
});
