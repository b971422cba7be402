/** Batches of a backfill of the table `parcels` that end only when they are broken off. */
import { until } from './until.ts';
import type { PlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';

/** Drop the trigger `slow` to end it. The limit that PostgreSQL has for a batch by itself does not end one. */
export const BATCHES_UNTIL_BROKEN_OFF: readonly string[] = [
  `create or replace function take_time() returns trigger language plpgsql as $$
     begin
       loop
         begin
           perform pg_sleep(600);
         exception when query_canceled then
           if sqlerrm not like '%statement timeout%' then raise; end if;
         end;
       end loop;
     end $$`,
  'create trigger slow before update on parcels for each row execute function take_time()',
];

/** Waits until a worker is in its batch. */
export async function untilInBatch(connection: PlainConnection): Promise<void> {
  await until('a batch runs', async () => {
    const busy = await connection.query(
      `select from pg_stat_activity where application_name like 'backfill%' and query like '%update "parcels"%'
         and state = 'active' and datname = current_database()`,
    );
    return busy.length === 1;
  });
}
