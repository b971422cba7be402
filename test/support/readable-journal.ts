/** Waiting for the journal, which shows nothing newer than the oldest open transaction of the whole PostgreSQL. */
import { until } from './until.ts';
import type { Orm } from '../../src/persistence/orm.ts';

/** Waits until everything that is committed by now can be read. Other tests on the same PostgreSQL delay that. */
export async function untilJournalShowsAll(orm: Orm): Promise<void> {
  const em = orm.em.fork();
  const [now] = await em.execute<{ end: string }[]>(
    'select pg_snapshot_xmax(pg_current_snapshot())::text as "end"',
  );
  await until('the journal shows all', async () => {
    const sql = 'select pg_snapshot_xmin(pg_current_snapshot()) >= ?::text::xid8 as "isShown"';
    const [row] = await em.execute<{ isShown: boolean }[]>(sql, [now?.end]);
    return row?.isShown;
  });
}
