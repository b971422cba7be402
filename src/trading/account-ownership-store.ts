/** Which process runs which account: a session lock in PostgreSQL, with a number that grows with every change of owner. */

import { assert } from '../core/shared/assert.ts';
import { queryBuilder } from '../persistence/query-builder.ts';
import { openPlainConnection } from '../migrator/index.ts';
import type { AccountOwner } from './projection-store.ts';
import type { Orm } from '../persistence/orm.ts';
import type { PlainConnection } from '../migrator/index.ts';

/** The first key of our advisory locks on accounts; the second is a hash of the account's id. The value spells `acct`. */
const ACCOUNT_LOCK = 0x61636374;

/**
 * Holds accounts for this process on one connection of its own. When that connection ends, by our death or the network's,
 * PostgreSQL frees the locks and another process may take over; our own later writes are refused by the owner's number.
 */
export class AccountOwnership {
  readonly #orm: Orm;
  readonly #locks: PlainConnection;
  #backendPid: unknown;

  constructor(orm: Orm, databaseUrl: string) {
    this.#orm = orm;
    this.#locks = openPlainConnection(databaseUrl, 'auto-forex ownership');
  }

  /** Takes the account if no other process has it, and returns the owner's number; undefined when another has it. */
  async acquire(accountId: string): Promise<AccountOwner | undefined> {
    const [row] = await this.#locks.query(
      `select pg_try_advisory_lock(${lockKeys(accountId)}) as taken, pg_backend_pid() as pid`,
    );
    if (row?.['taken'] !== true) return undefined;
    this.#backendPid ??= row['pid'];
    const updated = await queryBuilder(this.#orm)
      .updateTable('oanda_accounts')
      .set((eb) => ({ owner_epoch: eb('owner_epoch', '+', 1) }))
      .where('id', '=', accountId)
      .returning('owner_epoch')
      .executeTakeFirstOrThrow();
    return { accountId, epoch: updated.owner_epoch };
  }

  /** Lets the account go. */
  async release(accountId: string): Promise<void> {
    await this.#locks.query(`select pg_advisory_unlock(${lockKeys(accountId)})`);
  }

  /** Returns whether the connection that holds our locks is still the one we took them on. */
  async isHeld(): Promise<boolean> {
    try {
      const [row] = await this.#locks.query('select pg_backend_pid() as pid');
      const isSame = this.#backendPid === undefined || this.#backendPid === row?.['pid'];
      this.#backendPid = row?.['pid'];
      return isSame;
    } catch {
      // No answer means that the locks may be gone; anyone who asks must stop writing, and what is taken next is on another connection.
      this.#backendPid = undefined;
      return false;
    }
  }

  /** Ends the connection, and with it every lock. */
  async close(): Promise<void> {
    await this.#locks.close();
  }
}

function lockKeys(accountId: string): string {
  // The id goes into the statement as it is, so it must be one.
  assert(/^[0-9a-f-]{36}$/.test(accountId), `an account's id was wanted, was ${accountId}`);
  return `${ACCOUNT_LOCK}, hashtext('${accountId}')`;
}
