/** Addresses that get no answer but a refusal. The list is short and asked for by every request, so it is kept in memory. */

import { randomUUIDv7 } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { Problem } from '../core/shared/problem.ts';
import { Listeners } from '../process/listeners.ts';
import type { AddressBlocks } from '../http/principal.ts';
import type { BlockedIp, BlockedIpStore } from './blocked-ip-store.ts';

/** How old the list may be. A block by another copy of the server takes effect here when {@link BlockedIps.reread} is called, or after this time. */
const REFRESH_MS = 5_000;

/** A requested block: an address or a range, for ever or until an instant in UTC ms. */
export interface BlockRequest {
  readonly ipAddress: string;
  readonly reason: string;
  readonly blockedUntil?: number | undefined;
  readonly createdBy?: string | undefined;
}

/** Called when the list has changed. Must not throw. */
export type BlockListener = () => void;

export interface BlockedIpsDependencies {
  readonly store: BlockedIpStore;
  readonly clock: () => number;
}

/** The blocked addresses. */
export class BlockedIps implements AddressBlocks {
  readonly #store: BlockedIpStore;
  readonly #clock: () => number;
  readonly #listeners = new Listeners<BlockListener>();
  #list: Promise<BlockList | undefined> | undefined;
  #readAt = 0;

  constructor({ store, clock }: BlockedIpsDependencies) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Returns whether requests from this address are refused. */
  async isBlocked(address: string): Promise<boolean> {
    const list = await this.#current();
    return list !== undefined && list.check(address, familyOf(address));
  }

  /** Refuses an address or a range from now on, and returns the block. */
  async block(request: BlockRequest): Promise<BlockedIp> {
    const now = this.#clock();
    if (!parseRange(request.ipAddress)) {
      throw new Problem('invalid-request', 'The address is not valid.', {
        errors: [{ pointer: '/ipAddress', detail: 'must be an IP address or a range such as 192.0.2.0/24' }],
      });
    }
    if (request.blockedUntil !== undefined && request.blockedUntil <= now) {
      throw new Problem('invalid-request', 'The end of the block is over.', {
        errors: [{ pointer: '/blockedUntil', detail: 'must be in the future' }],
      });
    }
    const block = await this.#store.put({ ...request, id: randomUUIDv7(), blockedAt: now });
    this.reread();
    return block;
  }

  /** Lifts a block and returns it; undefined when there was none. */
  async unblock(blockId: string): Promise<BlockedIp | undefined> {
    const block = await this.#store.remove(blockId);
    this.reread();
    return block;
  }

  /** Reads the list again before the next request, because it changed here or in another copy of the server. */
  reread(): void {
    this.#list = undefined;
    for (const listener of this.#listeners) listener();
  }

  /** Returns whether an address is in a range, or is it. */
  covers(range: string, address: string): boolean {
    const list = new BlockList();
    addTo(list, range);
    return list.check(address, familyOf(address));
  }

  /** The blocks that hold now, newest first. */
  list(): Promise<readonly BlockedIp[]> {
    return this.#store.listHolding(this.#clock());
  }

  /** Calls `listener` when the list changed, until the returned function is called. */
  onBlocked(listener: BlockListener): () => void {
    return this.#listeners.add(listener);
  }

  #current(): Promise<BlockList | undefined> {
    const now = this.#clock();
    if (this.#list && now - this.#readAt < REFRESH_MS) return this.#list;
    this.#readAt = now;
    const reading = this.#read(now);
    this.#list = reading;
    // A failed reading fails those who wait for it; the next one reads again.
    reading.catch(() => {
      if (this.#list === reading) this.#list = undefined;
    });
    return reading;
  }

  /** The list is usually empty; then no address needs to be parsed. */
  async #read(at: number): Promise<BlockList | undefined> {
    const blocks = await this.#store.listHolding(at);
    if (blocks.length === 0) return undefined;
    const list = new BlockList();
    for (const { ipAddress } of blocks) addTo(list, ipAddress);
    return list;
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function addTo(list: BlockList, range: string): void {
  const parsed = parseRange(range);
  if (parsed) list.addSubnet(parsed.network, parsed.prefix, parsed.family);
}

/** Returns the parts of `192.0.2.0/24` or `192.0.2.1`, or undefined when it is neither. */
function parseRange(range: string): { network: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [network = '', prefixText, ...rest] = range.split('/');
  const version = isIP(network);
  if (version === 0 || rest.length > 0 || network.includes('%')) return undefined;
  const longest = version === 6 ? 128 : 32;
  const prefix =
    prefixText === undefined ? longest : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : Infinity;
  return prefix <= longest ? { network, prefix, family: version === 6 ? 'ipv6' : 'ipv4' } : undefined;
}
