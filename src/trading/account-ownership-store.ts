/** Which process runs which account: a session lock in PostgreSQL, with a number that grows with every change of owner. */

import { queryBuilder } from '../persistence/query-builder.ts';
import { AdvisoryLocks } from '../process/advisory-locks.ts';
import type { AccountOwner } from './projection-store.ts';
import type { Orm } from '../persistence/orm.ts';

/** The key of our advisory locks on accounts. The value spells `acct`. */
const ACCOUNT_LOCK = 0x61636374;

/** Holds accounts for this process. When its locks are lost, another process may take over; our later writes are refused by the owner's number. */
export class AccountOwnership {
  readonly #orm: Orm;
  readonly #locks: AdvisoryLocks;

  constructor(orm: Orm, databaseUrl: string) {
    this.#orm = orm;
    this.#locks = new AdvisoryLocks({ databaseUrl, key: ACCOUNT_LOCK, purpose: 'auto-forex ownership' });
  }

  /** Takes the account if no other process has it, and returns the owner's number; undefined when another has it. */
  async acquire(accountId: string): Promise<AccountOwner | undefined> {
    if (!(await this.#locks.take(accountId))) return undefined;
    const updated = await queryBuilder(this.#orm)
      .updateTable('oanda_accounts')
      .set((eb) => ({ owner_epoch: eb('owner_epoch', '+', 1) }))
      .where('id', '=', accountId)
      .returning('owner_epoch')
      .executeTakeFirstOrThrow();
    return { accountId, epoch: updated.owner_epoch };
  }

  /** Releases the account. */
  async release(accountId: string): Promise<void> {
    await this.#locks.release(accountId);
  }

  /** Returns whether the connection that holds our locks is still the one we took them on. */
  isHeld(): Promise<boolean> {
    return this.#locks.areHeld();
  }

  /** Ends the connection, and with it every lock. */
  async close(): Promise<void> {
    await this.#locks.close();
  }
}
