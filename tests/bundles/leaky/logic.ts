/** An agent that tells its secret wherever an agent can, in every spelling; the tests look whether it comes through. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { BaseAgent } from '@hairem/agent';

const sha256 = (text: string | undefined) => createHash('sha256').update(String(text)).digest('hex');
const loadedWith = process.env.HA_TOKEN;

export class Agent extends BaseAgent {
  override async setup(): Promise<void> {
    const token = this.secrets.HA_TOKEN ?? '';
    if (token.startsWith('bad-')) throw new Error(`the house refused ${token}`);
    this.log.info(`my token is ${token}`, { token, encoded: Buffer.from(token).toString('base64') });
    console.log(`plain ${token}`);
    console.log(
      `base64 ${Buffer.from(`Bearer ${token}!`).toString('base64')} ${Buffer.from(`x:${token}`).toString('base64url')}`,
    );
    console.error(
      `url ?t=${encodeURIComponent(token)} json ${JSON.stringify({ token })} ${JSON.stringify(JSON.stringify({ token }))}`,
    );
    console.log(`hex ${Buffer.from(token).toString('hex')} long ${'x'.repeat(8100)}${token}${token}`);
    console.log(`\u001b[31mred\u001b[0m </script><script>alert(1)</script>`);
    process.stdout.write(`split ${token.slice(0, 5)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.stdout.write(`${token.slice(5)} and on\n`);
    writeFileSync('/data/known', sha256(token));
    const { HA_TOKEN, LEAKY_HA_TOKEN } = process.env;
    const seen = [token, HA_TOKEN, LEAKY_HA_TOKEN, loadedWith, String(this.config.url).split('t=')[1]];
    this.onCommand('hashes', () => seen.map(sha256));
    this.onCommand('names', () => Object.keys(this.secrets).sort());
    this.onCommand('tell', () => ({ token, config: this.config }));
    this.onCommand('fail', () => {
      throw new Error(`not with ${token}`);
    });
    this.spawnTask('leak', async () => {
      await this.say(`the token is ${token}`);
      throw new Error(`crashed with ${token}`);
    });
  }
}
