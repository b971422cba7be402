/** Where a connection comes from: the peer, or what proxies that are believed say about it. */

import { BlockList, isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';

/** How an IPv4 address looks on a socket that listens for both kinds. */
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Returns a reader of addresses. `trustedProxies` are addresses and ranges whose `X-Forwarded-For` is believed. */
export function createAddressReader(
  trustedProxies: readonly string[],
): (request: IncomingMessage) => string | undefined {
  const trusted = new BlockList();
  for (const range of trustedProxies) trust(trusted, range);
  return (request) => {
    // Each proxy adds whom it heard from at the end: read backwards, up to the first that nobody vouches for.
    const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').reverse();
    let address = normalize(request.socket.remoteAddress ?? '');
    for (const hop of forwarded) {
      const before = normalize(hop.trim());
      if (address === undefined || before === undefined || !trusted.check(address, familyOf(address))) break;
      address = before;
    }
    return address;
  };
}

function trust(list: BlockList, range: string): void {
  const [network = '', prefix] = range.trim().split('/');
  if (isIP(network) === 0) return;
  if (prefix === undefined) list.addAddress(network, familyOf(network));
  else if (/^\d{1,3}$/.test(prefix)) list.addSubnet(network, Number(prefix), familyOf(network));
}

function normalize(text: string): string | undefined {
  const [address = ''] = text.split('%');
  const plain = MAPPED_IPV4.exec(address)?.[1] ?? address;
  return isIP(plain) === 0 ? undefined : plain;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
