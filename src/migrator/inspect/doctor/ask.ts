/** Questions that a database need not answer: the table is not there yet, or this user may not see it. */
import { INSUFFICIENT_PRIVILEGE, UNDEFINED_TABLE } from '../../run/connect/sql-states.ts';
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import type { Query } from '../../run/connect/query.ts';

/** The rows; `absent` when there is no such table, `hidden` when the user lacks the right to read it. */
export type Answer<Row> = readonly Row[] | 'absent' | 'hidden';

/** Asks, and takes a missing table or a missing right for an answer. */
export function ask<Row extends object>(query: Query, sql: string): Promise<Answer<Row>> {
  return orWhyNot(() => query<Row>(sql));
}

/** Does work that only asks; `absent` and `hidden` as in {@link Answer}. */
export async function orWhyNot<Result>(work: () => Promise<Result>): Promise<Result | 'absent' | 'hidden'> {
  try {
    return await work();
  } catch (error) {
    const sqlState = sqlStateOf(error);
    if (sqlState === UNDEFINED_TABLE) return 'absent';
    if (sqlState === INSUFFICIENT_PRIVILEGE) return 'hidden';
    throw error;
  }
}

/** The rows of an answer; none where there was no answer. */
export function rowsOf<Row>(answer: Answer<Row>): readonly Row[] {
  return typeof answer === 'string' ? [] : answer;
}
