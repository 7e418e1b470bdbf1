/** What is public, what is in the house, and what is never reached: one line for each spelling and each network. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AddressClass, createAddressClass } from '../../../orchestrator/src/domain/network/ip-address.ts';

const classOf = createAddressClass(['10.201.0.0/16', '172.20.0.4/16', 'fd12:3456::2/64', 'nonsense', '1.2.3.4/x']);

const cases: Record<AddressClass, string[]> = {
  public: [
    '8.8.8.8',
    '1.2.3.4',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '223.255.255.255',
    '2606:4700::1111',
    '2a00:1450:4001:813::200e',
    '3ffe::1',
    '::ffff:8.8.8.8',
    '::ffff:808:808',
    '64:ff9b::8.8.8.8',
    '64:ff9b::808:808',
  ],
  private: [
    '10.0.0.1',
    '10.200.255.255',
    '10.202.0.0',
    '172.16.0.1',
    '172.17.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '192.168.255.255',
    '100.64.0.1',
    '100.127.255.255',
    'fc00::1',
    'fd00::1',
    'fdff:ffff::1',
    '::ffff:192.168.1.5',
    '::ffff:c0a8:105',
    '0:0:0:0:0:ffff:10.0.0.1',
    '64:ff9b::192.168.1.5',
    '64:ff9b::a00:1',
  ],
  never: [
    // This host and its link.
    '0.0.0.0',
    '0.1.2.3',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.0.1',
    '169.254.169.254',
    '::',
    '::1',
    '0:0:0:0:0:0:0:1',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'fec0::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:0.0.0.0',
    '::ffff:0:0',
    '::ffff:a9fe:a9fe',
    '64:ff9b::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::',
    '64:ff9b:1::1',
    '::ffff:0:127.0.0.1',
    // Metadata of clouds.
    '100.100.100.200',
    '168.63.129.16',
    'fd00:ec2::254',
    'fd20:ce::254',
    '::ffff:168.63.129.16',
    // hAIrem itself.
    '10.201.0.1',
    '10.201.255.254',
    '172.20.0.2',
    '172.20.255.1',
    'fd12:3456::9',
    '::ffff:10.201.3.4',
    '64:ff9b::ac14:2',
    // No hosts.
    '192.0.0.8',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::1',
    '2002:c0a8:105::1',
    '3fff::1',
    '4000::1',
    'ff02::1',
    // No addresses.
    '',
    'localhost',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '8.8.8.8.',
    ' 8.8.8.8',
    '[::1]',
  ],
};

for (const [expected, addresses] of Object.entries(cases)) {
  describe(expected, () => {
    for (const address of addresses) {
      test(JSON.stringify(address), () => assert.equal(classOf(address), expected));
    }
  });
}

/** Whatever a person writes for a host, the parser of URLs makes one of the spellings above of it, or a name. */
describe('a spelling in a URL', () => {
  const loopback = [
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '0x7f.1',
    '127.0.0.1.',
    '①②⑦.0.0.1',
    '[::ffff:127.0.0.1]',
  ];
  for (const host of [...loopback, '0', '[::]', '[0:0::1]', '[::ffff:169.254.169.254]']) {
    test(host, () => assert.equal(classOf(new URL(`http://${host}/`).hostname.replace(/^\[|\]$/g, '')), 'never'));
  }
});
