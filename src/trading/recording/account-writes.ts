/** What accounts write at the same moment shares a statement that only their owners may write with. */

import { GroupedWrites } from '../../persistence/grouped-writes.ts';
import { lostAccount } from './account-owner.ts';
import type { AccountOwner, LockedAccounts } from './account-owner.ts';

/** What an account writes, and who writes it. */
interface OwnedItem {
  readonly owner: AccountOwner;
}

/** Writes for several accounts. Returns what each came to; undefined for one that has another owner, or that is left out. */
type WriteAccounts<Item, Result> = (
  items: readonly Item[],
  lockedAccounts: LockedAccounts,
) => Promise<readonly (Result | undefined)[]>;

/** The writes of one kind, of all accounts. */
export class AccountWrites<Item extends OwnedItem, Result> {
  readonly #writes: GroupedWrites<Item, Result>;

  constructor(writeAccounts: WriteAccounts<Item, Result>) {
    this.#writes = new GroupedWrites({
      writeAll: (items) => writeAccounts(items, 'left-out'),
      writeOne: async (item) => {
        const [result] = await writeAccounts([item], 'awaited');
        if (result === undefined) throw lostAccount(item.owner);
        return result;
      },
    });
  }

  /** Writes for an account, after what it wrote before; the problem `account-not-trading` when another process took it. */
  write(item: Item): Promise<Result> {
    return this.#writes.write(item.owner.accountId, item);
  }
}
