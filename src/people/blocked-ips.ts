/** Addresses that get no answer but a refusal. The list is short and asked for by every request, so it is kept in memory. */

import { randomUUIDv7 } from 'node:crypto';
import { Problem } from '../core/shared/problem.ts';
import { Listeners } from '../process/listeners.ts';
import { AddressRanges, isAddressRange, RANGE_SENTENCE } from './address-range.ts';
import { blockLasting } from './failed-sign-ins/sign-in-delay.ts';
import type { AddressBlocks } from '../http/principal.ts';
import type { BlockedIp, BlockedIpStore } from './blocked-ip-store.ts';

/**
 * How old the list may be. A block by another copy of the server takes effect here when {@link BlockedIps.reread} is called, or after
 * this time: half of the second within which it must hold everywhere.
 */
const REFRESH_MS = 500;

/** The type of the journal entry about an address that is blocked. */
export const ADDRESS_BLOCKED = 'address-blocked';
/** For so long after a block the next one of the address is longer. */
const REMEMBERED_MS = 7 * 86_400_000;

/** A requested block: an address or a range, for ever or until an instant in UTC ms. */
export interface BlockRequest {
  /** The id of the block, if there is none for the address yet. */
  readonly id?: string | undefined;
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
  #list: Promise<AddressRanges | undefined> | undefined;
  /** What was read last; made again only when the addresses have changed, because thousands of them take tens of milliseconds. */
  #ranges: { readonly fingerprint: string; readonly list: AddressRanges } | undefined;
  #readAt = 0;

  constructor({ store, clock }: BlockedIpsDependencies) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Returns whether requests from this address are refused. */
  async isBlocked(address: string): Promise<boolean> {
    const list = await this.#current();
    return list !== undefined && list.includes(address);
  }

  /** Refuses an address or a range from now on, and returns the block. */
  async block(request: BlockRequest): Promise<BlockedIp> {
    const now = this.#clock();
    if (!isAddressRange(request.ipAddress)) {
      throw new Problem('invalid-request', 'The address is not valid.', {
        errors: [{ pointer: '/ipAddress', detail: RANGE_SENTENCE }],
      });
    }
    if (request.blockedUntil !== undefined && request.blockedUntil <= now) {
      throw new Problem('invalid-request', 'The end of the block is over.', {
        errors: [{ pointer: '/blockedUntil', detail: 'must be in the future' }],
      });
    }
    const block = await this.#store.put({ ...request, id: request.id ?? randomUUIDv7(), blockedAt: now });
    this.reread();
    return block;
  }

  /**
   * Refuses an address or range after `failures` failed sign-ins, each time twice as long, and returns the block. Undefined when it is
   * blocked already: what an administrator decided is not changed.
   */
  async blockAfterFailures(ipAddress: string, failures: number): Promise<BlockedIp | undefined> {
    const now = this.#clock();
    const before = await this.#store.failuresOf(ipAddress);
    const block = await this.#store.putIfOver({
      id: randomUUIDv7(),
      ipAddress,
      reason: `${failures} failed sign-ins`,
      blockedAt: now,
      blockedUntil: now + blockLasting(Math.floor(before / failures)),
      failures,
    });
    if (block) this.reread();
    return block;
  }

  /** Removes blocks that ended so long ago that they do not count any more, and returns how many. */
  removeExpired(): Promise<number> {
    return this.#store.removeOver(this.#clock() - REMEMBERED_MS);
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

  /** The blocks that hold now, newest first. */
  list(): Promise<readonly BlockedIp[]> {
    return this.#store.listHolding(this.#clock());
  }

  /** Calls `listener` when the list changed, until the returned function is called. */
  onBlocked(listener: BlockListener): () => void {
    return this.#listeners.add(listener);
  }

  #current(): Promise<AddressRanges | undefined> {
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
  async #read(at: number): Promise<AddressRanges | undefined> {
    const fingerprint = await this.#store.fingerprint(at);
    if (fingerprint === undefined) return undefined;
    if (fingerprint === this.#ranges?.fingerprint) return this.#ranges.list;
    // Others may have changed it since: what is kept is what was read together.
    const held = await this.#store.addressesHolding(at);
    const list = new AddressRanges(held.addresses);
    this.#ranges = held.fingerprint === undefined ? undefined : { fingerprint: held.fingerprint, list };
    return list;
  }
}
