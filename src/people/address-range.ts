/** Addresses and ranges of them: `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/64`. */

import { BlockList, isIP } from 'node:net';

/** An IPv6 address that ends with an IPv4 one (45 characters) and its prefix. */
export const RANGE_LENGTH = 49;

/** What a field that is to be one says when it is none. */
export const RANGE_SENTENCE = 'must be an IP address or a range such as 192.0.2.0/24';

interface Subnet {
  readonly network: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Whether the text is an address or a range. */
export function isAddressRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

/** Some ranges, and whether an address is in one of them. */
export class AddressRanges {
  readonly #list = new BlockList();

  /** Ranges that are none are left out. */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) {
      const subnet = parseRange(range);
      if (subnet) this.#list.addSubnet(subnet.network, subnet.prefix, subnet.family);
    }
  }

  includes(address: string): boolean {
    return this.#list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
}

function parseRange(range: string): Subnet | undefined {
  const [network = '', prefixText, ...rest] = range.split('/');
  const version = isIP(network);
  if (version === 0 || rest.length > 0 || network.includes('%')) return undefined;
  const longest = version === 6 ? 128 : 32;
  const prefix =
    prefixText === undefined ? longest : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : Infinity;
  return prefix <= longest ? { network, prefix, family: version === 6 ? 'ipv6' : 'ipv4' } : undefined;
}

/** A home, a company or a rented server has one /64, and can send from any address in it. */
const IPV6_SENDER_BITS = 64;

/** Returns whom an address stands for: an IPv4 address itself, and the /64 of an IPv6 address, `2001:db8::/64`. */
export function senderNetworkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  // The URL parser spells each address in one way, without dots.
  const spelled = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = spelled.split('::');
  const first = groupsOf(head);
  const last = groupsOf(tail ?? '');
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  const network = [...first, ...zeros, ...last].slice(0, IPV6_SENDER_BITS / 16).join(':');
  return `${new URL(`http://[${network}::]`).hostname.slice(1, -1)}/${IPV6_SENDER_BITS}`;
}

function groupsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}
