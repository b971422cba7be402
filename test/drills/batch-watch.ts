/** Notes how long each batch of a backfill holds its rows: a trigger of the drill's own, in the transaction of the batch. */
import { askOnce } from './drill-database.ts';

/** The batches of a backfill. */
export interface Batches {
  readonly count: number;
  readonly medianMs: number;
  readonly longestMs: number;
  readonly largest: number;
}

/** From now on every batch is noted. */
export async function watchBatches(databaseUrl: string): Promise<void> {
  await askOnce(databaseUrl, 'create table drill_batches (duration_ms float not null, size int not null)');
  await askOnce(
    databaseUrl,
    `create function drill_note_batch() returns trigger language plpgsql as $note$
begin
  insert into drill_batches
    values (extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000, new.batch_size);
  return null;
end
$note$`,
  );
  // A batch moves the cursor; the last of a pass sets it to null. Nothing else does.
  await askOnce(
    databaseUrl,
    `create trigger drill_note_batch after update of cursor on backfill_jobs
      for each row when (new.cursor is distinct from old.cursor) execute function drill_note_batch()`,
  );
}

/** What was noted so far. */
export async function readBatches(databaseUrl: string): Promise<Batches> {
  const [row] = await askOnce(
    databaseUrl,
    `select count(*) as count, coalesce(percentile_cont(0.5) within group (order by duration_ms), 0) as median,
        coalesce(max(duration_ms), 0) as longest, coalesce(max(size), 0) as largest from drill_batches`,
  );
  return {
    count: Number(row?.['count']),
    medianMs: Number(row?.['median']),
    longestMs: Number(row?.['longest']),
    largest: Number(row?.['largest']),
  };
}
