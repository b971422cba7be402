/** Addresses that get no answer but a refusal. The list is short and asked for by every request, so it is kept in memory. */

import { randomUUIDv7 } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { Problem } from '../core/shared/problem.ts';
import { Listeners } from '../process/listeners.ts';
import type { AddressBlocks } from '../http/principal.ts';
import type { BlockedIp, BlockedIpStore } from './blocked-ip-store.ts';

/** How old the list may be: a block by another copy of the server takes effect here after this time, a block made here at once. */
const REFRESH_MS = 5_000;

/** A requested block: an address or a range, for ever or until an instant in UTC ms. */
export interface BlockRequest {
  readonly ipAddress: string;
  readonly reason: string;
  readonly blockedUntil?: number | undefined;
  readonly createdBy?: string | undefined;
}

/** Called when the list has become longer. Must not throw. */
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
    return list !== undefined && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }

  /** Refuses an address or a range from now on. */
  async block(request: BlockRequest): Promise<void> {
    if (!parseRange(request.ipAddress)) {
      throw new Problem('invalid-request', 'The address is not valid.', {
        errors: [{ pointer: '/ipAddress', detail: 'must be an IP address or a range such as 192.0.2.0/24' }],
      });
    }
    await this.#store.put({ ...request, id: randomUUIDv7(), blockedAt: this.#clock() });
    this.#list = undefined;
    for (const listener of this.#listeners) listener();
  }

  /** Lifts a block and returns whether there was one. */
  async unblock(blockId: string): Promise<boolean> {
    const wasThere = await this.#store.remove(blockId);
    this.#list = undefined;
    return wasThere;
  }

  /** The blocks that hold now, newest first. */
  list(): Promise<readonly BlockedIp[]> {
    return this.#store.listHolding(this.#clock());
  }

  /** Calls `listener` when addresses are blocked, until the returned function is called. */
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
