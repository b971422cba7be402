/** Blocked addresses, as administrators see and change them. Each change is a journal entry and takes effect on every copy of the server. */

import { Problem } from '../../core/shared/problem.ts';
import { AddressRanges } from '../address-range.ts';
import { ADDRESS_BLOCKED } from '../blocked-ips.ts';
import { adminFact } from '../security-journal.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import type { BlockedIp } from '../blocked-ip-store.ts';
import type { BlockedIps, BlockRequest } from '../blocked-ips.ts';
import type { Administrator, Journal } from '../security-journal.ts';

const UNBLOCKED = 'address-unblocked';

export interface AddressAdminDependencies {
  readonly blockedIps: BlockedIps;
  readonly journal: Journal;
}

/** The administration of blocked addresses. */
export class AddressAdmin {
  readonly #blockedIps: BlockedIps;
  readonly #journal: Journal;

  constructor({ blockedIps, journal }: AddressAdminDependencies) {
    this.#blockedIps = blockedIps;
    this.#journal = journal;
  }

  /** The blocks that hold now, newest first. */
  list(): Promise<readonly BlockedIp[]> {
    return this.#blockedIps.list();
  }

  /** Blocks an address or a range, and returns the block. Throws `conflict` when it would block who asks. */
  async block(request: Omit<BlockRequest, 'createdBy'>, by: Administrator): Promise<BlockedIp> {
    if (by.ipAddress !== undefined && new AddressRanges([request.ipAddress]).includes(by.ipAddress))
      throw new Problem('conflict', 'That is the address that you use.', { code: 'own-address' });
    const block = await this.#blockedIps.block({ ...request, createdBy: by.userId });
    await this.#record(ADDRESS_BLOCKED, `Requests from ${block.ipAddress} are refused.`, block, by);
    return block;
  }

  /** Lifts a block; throws `not-found` when there is none. */
  async unblock(blockId: string, by: Administrator): Promise<void> {
    const block = await this.#blockedIps.unblock(blockId);
    if (!block) throw new Problem('not-found', 'There is no such block.');
    await this.#record(UNBLOCKED, `Requests from ${block.ipAddress} are answered again.`, block, by);
  }

  #record(type: string, description: string, block: BlockedIp, by: Administrator): Promise<void> {
    const details = { blockId: block.id, address: block.ipAddress, reason: block.reason };
    return this.#journal.record(adminFact(by, { type, description, userId: by.userId, details }));
  }
}

/** Whether a journal entry says that the list of blocked addresses changed. */
export function changesBlocks({ type }: Pick<JournalEntry, 'type'>): boolean {
  return type === ADDRESS_BLOCKED || type === UNBLOCKED;
}
