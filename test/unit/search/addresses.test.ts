import { describe, expect, it } from 'vitest';
import { assertPublicHost, isPublicAddress } from '../../../main/search/web/addresses.ts';

describe('an address', () => {
  it.each(['93.184.216.34', '8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    '127.0.0.1', '127.8.9.1', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', // this machine, private networks
    '169.254.169.254', '100.100.100.200', '192.0.0.192', 'fd00:ec2::254', // metadata of clouds
    '224.0.0.1', '255.255.255.255', '240.0.0.1', '198.18.0.1', '192.0.2.1', '203.0.113.9',
    '::', '::1', 'fe80::1', 'fc00::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001:0:7f00:1::', '2001:db8::1', 'fec0::1',
    'localhost', '', 'not an address',
  ])('%s is not', (address) => expect(isPublicAddress(address)).toBe(false));

  it.each(['http://127.0.0.1/', 'http://2130706433/', 'http://0x7f.1/', 'http://0177.0.0.1/', 'http://127.1/', 'http://[::1]/', 'http://[::ffff:7f00:1]/', 'http://169.254.169.254/latest/meta-data'])('as the host of %s is refused before anything is asked', (url) => {
    expect(() => assertPublicHost(new URL(url))).toThrow('no public address');
  });
});
