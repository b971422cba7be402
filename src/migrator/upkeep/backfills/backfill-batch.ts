/** One batch of a backfill: its rows and its place in one transaction, so that a worker that is killed has lost nothing. */
import { MigratorFailure } from '../../failure.ts';
import assert from 'node:assert/strict';
import { identifier, literal } from '../../run/connect/sql-text.ts';
import type { Query } from '../../run/connect/query.ts';
import type { BackfillConnection } from './backfill-connection.ts';
import type { BackfillTable } from './backfill-table.ts';
import type { ClaimedBackfill } from './claim-backfill.ts';

/** What a batch did, or why there was none: it was paused, taken out, or its lock was lost. */
export type BatchResult =
  | { readonly type: 'batch'; readonly rowsChanged: number; readonly isLastOfPass: boolean }
  | { readonly type: 'none'; readonly reason: 'paused' | 'removed' | 'lost' };

interface JobRow {
  readonly state: string;
  readonly cursor: string | null;
  readonly pid: number;
}

/**
 * Looks at the next `size` keys and changes those of their rows that meet the condition. After the last key of the table the next
 * batch begins with the first. MigratorFailure `conflict` when a row still meets the condition after it was changed: that would never end.
 */
export function runBatch(
  connection: BackfillConnection,
  job: ClaimedBackfill & BackfillTable,
  size: number,
): Promise<BatchResult> {
  return connection.transaction(async (query) => {
    const [row] = await query<JobRow>(
      `select state, cursor, pg_backend_pid() as pid from backfill_jobs where name = ${literal(job.name)} for update`,
    );
    if (row === undefined) return { type: 'none', reason: 'removed' };
    // On another connection than the lock's, another worker may be at work too.
    if (row.pid !== job.backendPid) return { type: 'none', reason: 'lost' };
    if (row.state !== 'running')
      return { type: 'none', reason: row.state === 'paused' ? 'paused' : 'removed' };
    const cursor = await lastKeyOfBatch(query, job, row.cursor, size);
    const rowsChanged = await changeRows(query, job, row.cursor, cursor);
    await query(
      `update backfill_jobs set cursor = ${cursor === null ? 'null' : literal(cursor)}, batch_size = ${size}, error = null,
           rows_done = rows_done + ${rowsChanged}, heartbeat_at = now(), updated_at = now()
         where name = ${literal(job.name)}`,
    );
    return { type: 'batch', rowsChanged, isLastOfPass: cursor === null };
  });
}

/** Null when the batch goes to the end of the table. */
async function lastKeyOfBatch(
  query: Query,
  job: ClaimedBackfill & BackfillTable,
  after: string | null,
  size: number,
): Promise<string | null> {
  const key = identifier(job.keyColumn);
  const [last] = await query<{ key: string }>(
    `select ${key}::text as key from ${identifier(job.table)} where ${keysBetween(job, after, null)}
       order by ${key} offset ${size - 1} limit 1`,
  );
  return last?.key ?? null;
}

/**
 * The condition is asked by the change itself and not before: a row that a request changes meanwhile is looked at again when that
 * request is through.
 */
async function changeRows(
  query: Query,
  job: ClaimedBackfill & BackfillTable,
  after: string | null,
  last: string | null,
): Promise<number> {
  const [counts] = await query<{ changed: number; again: number }>(
    `with changed as (
       update ${identifier(job.table)} set ${job.assignment}
         where ${keysBetween(job, after, last)} and (${job.condition})
         returning (${job.condition}) as needs_it
     )
     select count(*)::int as changed, (count(*) filter (where needs_it))::int as again from changed`,
  );
  assert(counts !== undefined, 'a count is one row');
  const { changed, again } = counts;
  if (again === 0) return changed;
  throw new MigratorFailure(
    'conflict',
    `${again} of ${changed} rows still meet the condition after they were changed, so it would never be done. ` +
      'A row that was set must not meet the condition.',
  );
}

function keysBetween(
  { keyColumn, keyType }: ClaimedBackfill & BackfillTable,
  after: string | null,
  last: string | null,
): string {
  const bounds = [
    [after, '>'],
    [last, '<='],
  ] as const;
  const conditions = bounds.flatMap(([key, comparison]) =>
    key === null ? [] : [`${identifier(keyColumn)} ${comparison} cast(${literal(key)} as ${keyType})`],
  );
  return conditions.length === 0 ? 'true' : conditions.join(' and ');
}
