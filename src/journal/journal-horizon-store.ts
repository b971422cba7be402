/** Up to which number the journal is complete. */

import { JOURNAL_WRITERS_KEY } from '../entities/event.ts';
import { runPrepared } from '../persistence/prepared-statement.ts';
import type { Orm } from '../persistence/orm.ts';

/** How far the journal's numbers are. */
export interface JournalHorizon {
  /** Every entry up to this number that will ever be there can be read by the next statement. */
  readonly settled: number;
  /** The last number that was drawn; above `settled` when someone is writing. */
  readonly drawn: number;
}

/**
 * Returns the horizon of the journal, which only those who are writing entries can hold back: no other transaction, however long it runs.
 *
 * First the last number is read, then the locks of the writers (see `entities/event.ts`), and after that, by another statement, the
 * entries. A writer of a number that was drawn by then had its lock before, so either the lock is still there and holds the horizon below its
 * numbers, or it has committed, and the later statement sees its entries.
 */
export async function readHorizon(orm: Orm): Promise<JournalHorizon> {
  const [row] = await runPrepared(orm, { name: 'journal-horizon', text: HORIZON }, []);
  return { settled: Number(row?.['settled'] ?? 0), drawn: Number(row?.['drawn'] ?? 0) };
}

/**
 * A lock holds the lower 31 bits of a number. How far it lies behind the last one fits in 30; what seems to be further behind is a
 * writer that came since, whose numbers are above the last one.
 */
const HORIZON = `
  with numbers as materialized (
    select coalesce(pg_sequence_last_value(pg_get_serial_sequence('events', 'sequence')), 0) as drawn
  )
  select drawn, drawn - coalesce((
    select max((drawn - objid::bigint) & 2147483647)
    from pg_locks
    where locktype = 'advisory' and classid = ${JOURNAL_WRITERS_KEY} and objsubid = 2
      and database = (select oid from pg_database where datname = current_database())
      and ((drawn - objid::bigint) & 2147483647) < 1073741824
  ), 0) as settled
  from numbers`;
