import { describe, expect, it } from 'vitest';
import { AddressRefused, callableAddress, isPublicAddress } from './public-address.ts';

describe('an address', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
  ])('such as %s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '172.15.0.1', '172.32.0.1', '192.167.0.1', '2606:4700::1111', '2a00:1450::1'])(
    'such as %s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe('the address of a host', () => {
  it('is what a name resolves to, or the host itself', async () => {
    expect(await callableAddress('8.8.4.4', false)).toEqual({ address: '8.8.4.4', family: 4 });
    expect(await callableAddress('[2606:4700::1111]', false)).toEqual({
      address: '2606:4700::1111',
      family: 6,
    });
    expect((await callableAddress('localhost', true)).address).toMatch(/^(127\.0\.0\.1|::1)$/);
  });

  it('is refused when it is not public, by number and by name', async () => {
    for (const host of ['127.0.0.1', '[::1]', 'localhost', '169.254.169.254'])
      await expect(callableAddress(host, false)).rejects.toThrow(AddressRefused);
  });
});
