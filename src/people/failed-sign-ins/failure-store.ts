/** Failed sign-ins in the database, so that all copies of the server count together. */

import { present } from '../../core/shared/assert.ts';
import { runPrepared } from '../../persistence/prepared-statement.ts';
import { queryBuilder } from '../../persistence/query-builder.ts';
import { NO_ONE } from '../user-store.ts';
import { delayAfter } from './sign-in-delay.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { PreparedStatement } from '../../persistence/prepared-statement.ts';

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

/** Who failed to sign in: no one when there is no such person. */
export interface FailedPerson {
  readonly userId: string | undefined;
  /** Whether strangers have to wait now, which administrators see. */
  readonly strangersWait: boolean;
}

/** Counts a failure at `$3`: the subject's id and login hash, and the seconds after which one is forgotten. */
const ADD = `
  insert into sign_in_failures as failures (id, login_hash, last_failed_at, expires_at)
  values ($1, $2, $3, $3::timestamptz + make_interval(secs => $4::float8))
  on conflict (id) do update set
    last_failed_at = greatest(failures.last_failed_at, excluded.last_failed_at),
    expires_at = least(
      greatest(failures.expires_at, excluded.last_failed_at) + make_interval(secs => $4),
      excluded.last_failed_at + make_interval(secs => ${MOST_FAILURES} * $4)
    )
  returning expires_at, last_failed_at`;

/** How many seconds strangers wait after one failure, after two, and so on. */
const DELAYS = Array.from({ length: MOST_FAILURES }, (_, index) => delayAfter(index + 1) / 1_000);

/** The same, and shows it with the person `$5`: also until when strangers wait, if `$6`. */
const ADD_OF_PERSON = `
  with failed as (${ADD}), waiting as (
    select last_failed_at + make_interval(secs =>
      ('{${DELAYS.join()}}'::float8[])[ceil(extract(epoch from expires_at - last_failed_at) / $4)::int]) as until
    from failed
    where $6
  ), shown as (
    update users set
      failed_login_attempts = failed_login_attempts + 1,
      locked_until = greatest(locked_until, (select until from waiting)),
      updated_at = $3
    where id = $5
  )
  select expires_at, last_failed_at from failed`;

const FIND = {
  name: 'find-failures',
  text: 'select expires_at, last_failed_at from sign_in_failures where id = $1',
};

export class FailureStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Counts a failure at `at` (UTC ms) and returns how many count now. */
  add(subject: Subject, at: number): Promise<Failures> {
    return this.#add({ name: 'add-failure', text: ADD }, subject, at);
  }

  /**
   * The same, and shows it to administrators with the person. In one statement, because a commit is what takes time: one for people
   * who exist, and one for those who do not.
   */
  addOf({ userId = NO_ONE, strangersWait }: FailedPerson, subject: Subject, at: number): Promise<Failures> {
    return this.#add({ name: 'add-failure-of-person', text: ADD_OF_PERSON }, subject, at, [
      userId,
      strangersWait,
    ]);
  }

  async find(subject: Subject): Promise<Failures | undefined> {
    const rows = await runPrepared(this.#orm, FIND, [subject.id]);
    return rows.map((row) => toFailures(row as unknown as Row, subject))[0];
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

  async #add(
    statement: PreparedStatement,
    subject: Subject,
    at: number,
    further: readonly unknown[] = [],
  ): Promise<Failures> {
    const { id, loginHash = null, forgottenAfterMs } = subject;
    const values = [id, loginHash, new Date(at), forgottenAfterMs / 1_000, ...further];
    const [row] = await runPrepared(this.#orm, statement, values);
    return toFailures(present(row, 'the row of the failure') as unknown as Row, subject);
  }
}

interface Row {
  readonly expires_at: Date;
  readonly last_failed_at: Date;
}

function toFailures({ expires_at, last_failed_at }: Row, { forgottenAfterMs }: Subject): Failures {
  const lastFailedAt = last_failed_at.getTime();
  return { count: Math.ceil((expires_at.getTime() - lastFailedAt) / forgottenAfterMs), lastFailedAt };
}
