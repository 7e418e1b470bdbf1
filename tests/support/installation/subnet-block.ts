/** A range of addresses for one installation of the tests: its own Redis network, and a pool for its agents. */
import { randomInt } from 'node:crypto';
import { engine } from '../host/engine.ts';

const TRIES = 20;

export interface SubnetBlock {
  /** /29 of the network between host and Redis. */
  core: string;
  /** The address of Redis on it: explicit, so that it stays over restarts. */
  redis: string;
  /** /22 that the agents' networks are taken from. */
  agents: string;
}

/** One of the 512 /21 blocks of 10.208.0.0/12. */
export function randomBlock(): SubnetBlock {
  const index = randomInt(512);
  const second = 208 + (index >> 5);
  const third = (index & 31) * 8;
  return {
    core: `10.${second}.${third + 4}.0/29`,
    redis: `10.${second}.${third + 4}.2`,
    agents: `10.${second}.${third}.0/22`,
  };
}

/** Makes the network between host and Redis on a block that nobody uses yet. */
export async function createCoreNetwork(name: string, labels: Record<string, string>): Promise<SubnetBlock> {
  let refusal: unknown;
  for (let n = 0; n < TRIES; n += 1) {
    const block = randomBlock();
    try {
      const IPAM = { Driver: 'default', Config: [{ Subnet: block.core }] };
      await engine('POST', '/networks/create', { body: { Name: name, Driver: 'bridge', IPAM, Labels: labels } });
      return block;
    } catch (error) {
      refusal = error;
    }
  }
  throw new Error('no free subnet for the tests', { cause: refusal });
}
