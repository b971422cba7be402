import { describe, expect, it } from 'vitest';
import { AddressRanges, senderNetworkOf } from './address-range.ts';

describe('the network of a sender', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::1', '2001:db8::/64'],
    ['2001:db8:0:0:ffff::1', '2001:db8::/64'],
    ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:0:1::', '2001:db8:0:1::/64'],
    ['::1', '::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
  ])('of %s is %s, and includes it', (address, network) => {
    expect(senderNetworkOf(address)).toBe(network);
    expect(new AddressRanges([network]).includes(address)).toBe(true);
  });
});
