/** Failed sign-ins in the database, so that all copies of the server count together. */

import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import { NO_ONE } from '../user-store.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';

/** Whose failures are counted, and how long each counts: one is forgotten in each `forgottenAfterMs`. */
export interface Subject {
  /** A hash. */
  readonly id: string;
  /** The hash of the login that was tried; none for the failures of an address. */
  readonly loginHash?: string | undefined;
  readonly forgottenAfterMs: number;
}

/** How many failures counted after the last one, and when it was; UTC ms. */
export interface Failures {
  readonly count: number;
  readonly lastFailedAt: number;
}

/** More make no difference to any delay, and would take long to forget. */
const MOST_FAILURES = 100;

/** Who failed to sign in, and until when strangers wait then; UTC ms. No person has the id of no one. */
export interface FailedPerson {
  readonly userId: string | undefined;
  readonly delayedUntil: (failures: Failures) => number | undefined;
}

const COLUMNS = ['expires_at', 'last_failed_at'] as const;

export class FailureStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Counts a failure at `at` (UTC ms) and returns how many count now. */
  add(subject: Subject, at: number): Promise<Failures> {
    return addOne(queryBuilder(this.#orm), subject, at);
  }

  /**
   * The same, and shows it to administrators with the person. In one transaction, because a commit is what takes time: one for people
   * who exist, and one for those who do not.
   */
  addOf(person: FailedPerson, subject: Subject, at: number): Promise<Failures> {
    return inTransaction(this.#orm, async (db) => {
      const failures = await addOne(db, subject, at);
      const delayedUntil = person.delayedUntil(failures);
      await db
        .updateTable('users')
        .set(({ eb, fn, ref, cast, val }) => ({
          failed_login_attempts: eb('failed_login_attempts', '+', 1),
          ...(delayedUntil !== undefined && {
            locked_until: fn<Date>('greatest', [
              ref('locked_until'),
              cast<Date>(val(new Date(delayedUntil)), 'timestamptz'),
            ]),
          }),
          updated_at: new Date(at),
        }))
        .where('id', '=', person.userId ?? NO_ONE)
        .execute();
      return failures;
    });
  }

  async find(subject: Subject): Promise<Failures | undefined> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('sign_in_failures')
      .select(COLUMNS)
      .where('id', '=', subject.id)
      .executeTakeFirst();
    return row && toFailures(row, subject);
  }

  /** Forgets the failures of a subject if at least `count` count at `at`; false when they do not, or another copy forgot them first. */
  async forgetIf({ id, forgottenAfterMs }: Subject, count: number, at: number): Promise<boolean> {
    const row = await queryBuilder(this.#orm)
      .deleteFrom('sign_in_failures')
      .where('id', '=', id)
      .where('expires_at', '>', new Date(at + (count - 1) * forgottenAfterMs))
      .returning('id')
      .executeTakeFirst();
    return row !== undefined;
  }

  async forget({ id }: Subject): Promise<void> {
    await queryBuilder(this.#orm).deleteFrom('sign_in_failures').where('id', '=', id).execute();
  }

  /** Forgets all failures of logins, from anywhere. */
  async forgetLogins(loginHashes: readonly string[]): Promise<void> {
    await queryBuilder(this.#orm)
      .deleteFrom('sign_in_failures')
      .where('login_hash', 'in', loginHashes)
      .execute();
  }

  /** Removes what is forgotten at `at` (UTC ms), and returns how many rows that were. */
  async removeExpired(at: number): Promise<number> {
    const { numDeletedRows } = await queryBuilder(this.#orm)
      .deleteFrom('sign_in_failures')
      .where('expires_at', '<=', new Date(at))
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}

/** One statement, so that failures at the same time are all counted. */
async function addOne(db: QueryBuilder, subject: Subject, at: number): Promise<Failures> {
  const { id, loginHash, forgottenAfterMs } = subject;
  const now = new Date(at);
  const row = await db
    .insertInto('sign_in_failures')
    .values({
      id,
      login_hash: loginHash ?? null,
      last_failed_at: now,
      expires_at: new Date(at + forgottenAfterMs),
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet(({ eb, ref, val, lit, fn }) => {
        const instant = (time: number) => eb.cast<Date>(val(new Date(time)), 'timestamptz');
        const oneMore = fn<Date>('make_interval', [
          ...Array.from({ length: 6 }, () => lit(0)),
          eb.cast(val(forgottenAfterMs / 1_000), 'double precision'),
        ]);
        const running = fn<Date>('greatest', [ref('sign_in_failures.expires_at'), instant(at)]);
        return {
          last_failed_at: fn<Date>('greatest', [ref('sign_in_failures.last_failed_at'), instant(at)]),
          expires_at: fn<Date>('least', [
            eb(running, '+', oneMore),
            instant(at + MOST_FAILURES * forgottenAfterMs),
          ]),
        };
      }),
    )
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
  return toFailures(row, subject);
}

interface Row {
  readonly expires_at: Date;
  readonly last_failed_at: Date;
}

function toFailures({ expires_at, last_failed_at }: Row, { forgottenAfterMs }: Subject): Failures {
  const lastFailedAt = last_failed_at.getTime();
  return { count: Math.ceil((expires_at.getTime() - lastFailedAt) / forgottenAfterMs), lastFailedAt };
}
