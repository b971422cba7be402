/** Which addresses the server calls for people: those of the public internet only, so that no one reaches what only this machine can. */

import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** IPv4 that is not global (IANA's registry of special-purpose addresses, RFC 6890), multicast and reserved. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** Global unicast; loopback, link-local, unique local, multicast, and IPv4 that is mapped or translated are outside of it. */
const GLOBAL_IPV6 = '2000::/3';
/** Within it: Teredo and other special purposes, documentation, and 6to4, which lead to IPv4 addresses or nowhere. */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const specialIpv4 = rangesOf(SPECIAL_IPV4, 'ipv4');
const globalIpv6 = rangesOf([GLOBAL_IPV6], 'ipv6');
const specialIpv6 = rangesOf(SPECIAL_IPV6, 'ipv6');

/** Where the server does not go. */
export class AddressRefused extends Error {}

/** An address that was resolved and may be called. */
export interface CallableAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Whether an address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !specialIpv4.check(address, 'ipv4');
  return globalIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6');
}

/**
 * Returns the address to connect to for the host of a URL, which must be connected to as it is: another look-up may have another answer.
 * Throws `AddressRefused` when any of its addresses is not public, unless those are allowed.
 */
export async function callableAddress(host: string, allowsPrivate: boolean): Promise<CallableAddress> {
  const literal = host.replace(/^\[|\]$/g, '');
  const found =
    isIP(literal) === 0
      ? await lookup(literal, { all: true })
      : [{ address: literal, family: isIP(literal) }];
  if (!allowsPrivate && !found.every(({ address }) => isPublicAddress(address)))
    throw new AddressRefused(
      'The address is not one of the public internet, which this server does not call.',
    );
  const [first] = found;
  if (!first) throw new Error('The host has no address.');
  return { address: first.address, family: first.family === 6 ? 6 : 4 };
}

function rangesOf(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix = ''] = range.split('/');
    list.addSubnet(network, Number(prefix), family);
  }
  return list;
}
