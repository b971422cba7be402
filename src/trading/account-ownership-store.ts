/**
 * Which process runs which account: a session lock in PostgreSQL, with a number that grows with every change of owner.
 *
 * The lock alone is not enough. PostgreSQL frees it as soon as its connection breaks, and the process that had it learns that later; one
 * that is suspended keeps it, and does not know when it wakes up that others have ended its connection. So a process says something on that
 * connection twice a second, and one that has not been heard for a while sends nothing before it has asked whether its accounts are still
 * its own. A process that takes an account that its owner did not release waits for as long.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { queryBuilder } from '../persistence/query-builder.ts';
import { AdvisoryLocks } from '../process/advisory-locks.ts';
import { FewAtATime } from '../process/few-at-a-time.ts';
import { Periodic } from '../process/periodic.ts';
import { thisMoment } from '../migrator/index.ts';
import type { AccountOwner } from './recording/account-owner.ts';
import type { Moment } from '../migrator/index.ts';
import type { Orm } from '../persistence/orm.ts';

/** The key of our advisory locks on accounts. The value spells `acct`. */
export const ACCOUNT_LOCK = 0x61636374;

/** The beginning of the name of the connection that holds them. */
export const OWNERSHIP_PURPOSE = 'auto-forex ownership';

/** How often the connection that holds the locks says something. */
const CONFIRM_EVERY_MS = 500;
/** A process that was not heard for longer asks before it sends. */
const CERTAIN_FOR_MS = 2_000;
/** A start takes every account, and a stop releases them. All locks are on one connection, and a question that waits ten seconds for it fails. */
const ASKED_AT_ONCE = 32;
/** Others end the connection of a process that was not heard for longer. */
const SILENT_AFTER_MS = 4_000;
/** Nothing is sent when the question whether an account is still ours is not answered by then. */
const ANSWER_WITHIN_MS = 2_000;

/** Holds accounts for this process. When its locks are lost, another process may take over; our later writes are refused by the owner's number. */
export class AccountOwnership {
  readonly #orm: Orm;
  readonly #locks: AdvisoryLocks;
  readonly #confirming: Periodic;
  readonly #epochsByAccount = new Map<string, number>();
  readonly #asking = new FewAtATime(ASKED_AT_ONCE);
  /** The moment before the last time that the locks were there. */
  #confirmedAt: Moment | undefined;
  #confirmation: Promise<void> | undefined;
  #losses = 0;
  #onLost: () => void = () => undefined;

  constructor(orm: Orm, databaseUrl: string) {
    this.#orm = orm;
    this.#locks = new AdvisoryLocks({ databaseUrl, key: ACCOUNT_LOCK, purpose: OWNERSHIP_PURPOSE });
    this.#confirming = new Periodic({
      everyMs: CONFIRM_EVERY_MS,
      work: () => this.#confirm(),
      // `areHeld` does not reject: no answer is a loss.
      onFailure: () => undefined,
    });
  }

  /** Says something from now on as often as it must; `onLost` is called each time that the accounts are found to be lost. */
  watch(onLost: () => void): void {
    this.#onLost = onLost;
    this.#confirming.start();
  }

  /**
   * Takes the account if no other process has it, and returns the owner's number; undefined when another has it. The number is odd while
   * the account has an owner, and even after the owner has released it. An owner that did not may still be sending: that must be over.
   */
  async acquire(accountId: string): Promise<AccountOwner | undefined> {
    const taken = await this.#asking.run(() => this.#takeLock(accountId));
    if (!taken) return undefined;
    const { epoch, isReleased, losses } = taken;
    if (!isReleased) await sleep(CERTAIN_FOR_MS);
    if (this.#losses !== losses) {
      // The lock went with its connection, or is on the next one and would be taken twice by the next attempt.
      await this.#releaseLock(accountId);
      return undefined;
    }
    this.#epochsByAccount.set(accountId, epoch);
    return { accountId, epoch };
  }

  /** Releases the account: from now on nothing is sent for it. */
  async release(accountId: string): Promise<void> {
    const epoch = this.#epochsByAccount.get(accountId);
    this.#epochsByAccount.delete(accountId);
    if (epoch !== undefined) await this.#setNumber(accountId, { from: epoch, to: epoch + 1 });
    await this.#releaseLock(accountId);
  }

  /**
   * Whether no other process can be running the account yet. A comparison of clocks, so that it can be asked at the moment in which a
   * request is written.
   */
  isCertain({ accountId, epoch }: AccountOwner): boolean {
    if (this.#epochsByAccount.get(accountId) !== epoch || this.#confirmedAt === undefined) return false;
    const { monotonicMs, wallMs } = this.#confirmedAt;
    const now = thisMoment();
    return Math.max(now.monotonicMs - monotonicMs, now.wallMs - wallMs) < CERTAIN_FOR_MS;
  }

  /** As {@link AccountOwnership.isCertain}, and asks PostgreSQL when it is not certain. */
  async ascertain(owner: AccountOwner): Promise<boolean> {
    if (!this.isCertain(owner)) {
      const waiting = new AbortController();
      const timeIsUp = sleep(ANSWER_WITHIN_MS, undefined, waiting).catch(() => undefined);
      await Promise.race([this.#confirm(), timeIsUp]);
      waiting.abort();
    }
    return this.isCertain(owner);
  }

  /** Whether the account is known to be lost. PostgreSQL is asked when it is not certain; without an answer it may still be ours. */
  async isLost(owner: AccountOwner): Promise<boolean> {
    await this.ascertain(owner);
    return this.#epochsByAccount.get(owner.accountId) !== owner.epoch;
  }

  /** Takes the accounts away from processes that have not been heard for long, and returns how many those are. */
  endSilentOwners(): Promise<number> {
    return this.#locks.endSilent(SILENT_AFTER_MS);
  }

  /** Ends the connection, and with it every lock. */
  async close(): Promise<void> {
    await this.#confirming.stop();
    await this.#locks.close();
  }

  /** Asks once for all who want to know. */
  #confirm(): Promise<void> {
    this.#confirmation ??= this.#ask().finally(() => (this.#confirmation = undefined));
    return this.#confirmation;
  }

  async #ask(): Promise<void> {
    const since = thisMoment();
    if (await this.#locks.areHeld()) {
      this.#confirmedAt = since;
      return;
    }
    this.#losses += 1;
    this.#confirmedAt = undefined;
    if (this.#epochsByAccount.size === 0) return;
    this.#epochsByAccount.clear();
    this.#onLost();
  }

  async #takeLock(accountId: string) {
    const losses = this.#losses;
    if (!(await this.#locks.take(accountId))) return undefined;
    try {
      return { losses, ...(await this.#takeNumber(accountId)) };
    } catch (error) {
      await this.#locks.release(accountId);
      throw error;
    }
  }

  #releaseLock(accountId: string): Promise<void> {
    return this.#asking.run(() => this.#locks.release(accountId));
  }

  /** Only the process that has the lock changes the number, so nothing comes between reading and writing it. */
  async #takeNumber(accountId: string): Promise<{ readonly epoch: number; readonly isReleased: boolean }> {
    const { owner_epoch: from } = await queryBuilder(this.#orm)
      .selectFrom('oanda_accounts')
      .select('owner_epoch')
      .where('id', '=', accountId)
      .executeTakeFirstOrThrow();
    const isReleased = from % 2 === 0;
    const epoch = isReleased ? from + 1 : from + 2;
    await this.#setNumber(accountId, { from, to: epoch });
    return { epoch, isReleased };
  }

  /** Changes nothing when another process has changed the number. */
  async #setNumber(
    accountId: string,
    { from, to }: { readonly from: number; readonly to: number },
  ): Promise<void> {
    await queryBuilder(this.#orm)
      .updateTable('oanda_accounts')
      .set({ owner_epoch: to })
      .where('id', '=', accountId)
      .where('owner_epoch', '=', from)
      .execute();
  }
}
