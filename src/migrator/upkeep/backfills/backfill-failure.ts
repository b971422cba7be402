/** What a failed batch means: wait and try again, end the backfill, or nothing about it at all. */
import { MigratorFailure } from '../../failure.ts';
import { isDatabaseUnavailable } from '../../run/connect/database-failure.ts';
import { messageOf, sqlStateOf } from '../../run/execute/migration-failure.ts';

/** PostgreSQL's codes for what passes by itself, and what is noted meanwhile. */
const PASSING: Readonly<Record<string, string>> = {
  '55P03': 'waits for rows that another transaction holds',
  '40P01': 'waits after a deadlock with another transaction',
  '40001': 'waits after a conflict with another transaction',
  '57014': 'a batch took too long and is tried again with fewer rows',
};
const SQL_STATE = /^[0-9A-Z]{5}$/;

/** `wait`: a smaller batch later may do. `fail`: it needs a person. `unrelated`: the database cannot be reached, or it is a bug. */
export type BackfillFailure =
  | { readonly type: 'wait' | 'fail'; readonly reason: string }
  | { readonly type: 'unrelated' };

/** Judges what a batch threw. */
export function judgeFailure(error: unknown): BackfillFailure {
  const sqlState = sqlStateOf(error) ?? '';
  const waitsFor = PASSING[sqlState];
  if (waitsFor !== undefined) return { type: 'wait', reason: waitsFor };
  if (isDatabaseUnavailable(error)) return { type: 'unrelated' };
  if (error instanceof MigratorFailure) return { type: 'fail', reason: error.message };
  if (!SQL_STATE.test(sqlState)) return { type: 'unrelated' };
  return { type: 'fail', reason: `${messageOf(error)} (SQLSTATE ${sqlState})` };
}
