import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createAddressReader } from './client-address.ts';

const requestFrom = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as IncomingMessage;

describe('the address of a connection', () => {
  it.each([
    ['is the peer when nobody is believed', [], '192.0.2.1', '203.0.113.5', '192.0.2.1'],
    ['is plain when the socket listens for both kinds', [], '::ffff:192.0.2.1', undefined, '192.0.2.1'],
    ['has no zone', [], 'fe80::1%eth0', undefined, 'fe80::1'],
    ['is what a believed proxy says', ['192.0.2.1'], '192.0.2.1', '203.0.113.5', '203.0.113.5'],
    [
      'is what a proxy of a believed range says',
      ['192.0.2.0/24'],
      '::ffff:192.0.2.77',
      '203.0.113.5',
      '203.0.113.5',
    ],
    [
      'is what a believed proxy says over IPv6',
      ['2001:db8::/32'],
      '2001:db8::7',
      '2001:db8:ffff::9',
      '2001:db8:ffff::9',
    ],
    [
      'is the last that somebody believed vouches for',
      ['192.0.2.1', '192.0.2.2'],
      '192.0.2.1',
      '198.51.100.1, 203.0.113.5, 192.0.2.2',
      '203.0.113.5',
    ],
    ['is the proxy when it says nonsense', ['192.0.2.1'], '192.0.2.1', 'unknown', '192.0.2.1'],
    ['is the proxy when it says nothing', ['192.0.2.1'], '192.0.2.1', undefined, '192.0.2.1'],
    [
      'is the peer when the list of proxies is nonsense',
      ['localhost', '192.0.2.0/x'],
      '192.0.2.1',
      '203.0.113.5',
      '192.0.2.1',
    ],
  ])('%s', (_case, proxies, peer, forwarded, address) => {
    expect(createAddressReader(proxies)(requestFrom(peer, forwarded))).toBe(address);
  });

  it('is not known of a connection that is gone', () => {
    expect(createAddressReader([])(requestFrom(''))).toBeUndefined();
  });
});
