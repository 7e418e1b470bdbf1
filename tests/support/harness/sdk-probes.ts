/** The instances of one test file: started by a test, and ended behind it whatever happened. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import { withoutPython, withoutRedis } from '../../run/needs.ts';
import { eventually } from '../eventually.ts';
import { type Fields, type Probe, SDK, SdkRig } from './sdk-rig.ts';

const withoutSdk = SDK === 'python' ? await withoutPython() : false;

/** Options of a suite that needs a real redis-server. */
export const ON_REDIS = { timeout: 270_000, skip: withoutRedis || withoutSdk };

/** Called inside `describe`: its hooks start and stop the rig. */
export function probesOnRedis() {
  const own: { rig: SdkRig | null } = { rig: null };
  const rig = (): SdkRig => {
    if (!own.rig) throw new Error('the rig has not started');
    return own.rig;
  };
  const started: Probe[] = [];
  const folders: string[] = [];
  before(async () => {
    own.rig = await SdkRig.start();
  });
  after(() => own.rig?.stop());
  afterEach(async () => {
    for (const probe of started.splice(0)) {
      probe.child.kill('SIGKILL');
      await probe.exited;
    }
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });
  const whois = async (probe: Probe) => {
    const answer = rig().status(probe.inst, 'whois');
    await rig().control({ type: 'whois', nonce: 'w' });
    return answer;
  };
  return {
    rig,
    /** What a test started by itself is ended, too, once it is in here. */
    started,
    async first(options: Parameters<SdkRig['first']>[0] = {}): Promise<Probe> {
      const probe = await rig().first(options);
      started.push(probe);
      return probe;
    },
    async candidate(owner: Probe, options: Parameters<SdkRig['first']>[0] = {}): Promise<Probe> {
      const probe = await rig().launch(options);
      started.push(probe);
      await rig().mark(probe, owner);
      return probe;
    },
    said: (probe: Probe, type: string) =>
      rig().heard.filter(({ channel, message }) => channel === `st:probe:${probe.inst}` && message.type === type),
    ticks: (by: string) =>
      rig().heard.filter(({ message }) => (message.payload as Fields)?.tick && (message.payload as Fields).by === by)
        .length,
    whois,
    /** A message whose handler works until the test lets it go on; resolves when it is at work. */
    async held(probe: Probe, payload: Fields = {}, from = 'peer') {
      const folder = await mkdtemp(join(tmpdir(), 'hairem-probe-'));
      folders.push(folder);
      const until = join(folder, 'go');
      const answered = rig().request({ from, payload: { ...payload, until } });
      answered.catch(() => {}); // a test that fails before it asks for it
      await eventually('it is at work', async () => (await whois(probe)).held === 1);
      return {
        answered,
        letGo: () => writeFile(until, ''),
        /** It has gone on: what it says, it has said. */
        hasGoneOn: () => eventually('the handler goes on', () => existsSync(`${until}.seen`)),
      };
    },
  };
}
