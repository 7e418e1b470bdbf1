/** Engines tell of their bridge in more than one way, also when they have just made it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bridge, bridgeAddress } from '../../support/installation/bridge-address.ts';

const SIX = { Subnet: 'fd00::/80', Gateway: 'fd00::1' };
const BRIDGES: [string, Bridge, string | null][] = [
  ['with its gateway', { IPAM: { Config: [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' }] } }, '172.17.0.1'],
  ['just made, without one', { IPAM: { Config: [{ Subnet: '172.17.0.0/16' }] } }, '172.17.0.1'],
  ['with an empty one', { IPAM: { Config: [{ Subnet: '10.0.8.0/24', Gateway: '' }] } }, '10.0.8.1'],
  ['with null', { IPAM: { Config: [{ Subnet: '10.0.8.0/24', Gateway: null }] } }, '10.0.8.1'],
  ['with a gateway of its own', { IPAM: { Config: [{ Subnet: '10.0.8.0/24', Gateway: '10.0.8.254' }] } }, '10.0.8.254'],
  ['with IPv6 first', { IPAM: { Config: [SIX, { Subnet: '172.17.0.0/16' }] } }, '172.17.0.1'],
  ['with IPv6 alone', { IPAM: { Config: [SIX] } }, null],
  ['without ranges', { IPAM: { Config: [] } }, null],
  ['with null for ranges', { IPAM: { Config: null } }, null],
  ['with null for all', { IPAM: null }, null],
  ['with nothing', {}, null],
];
for (const [what, bridge, address] of BRIDGES) test(what, () => assert.equal(bridgeAddress(bridge), address));
