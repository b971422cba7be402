import { Migration } from '../migrator/recipes.ts';

/**
 * Writers of the journal announce themselves by a lock that no one waits for, so that a reader knows which numbers are still to come. Those
 * of the old version announce themselves too: the table does it.
 */
export class Migration20261129212150_journal_writers extends Migration {

  override name = 'Migration20261129212150_journal_writers';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`create function "events_announce_writer_fn"() returns trigger as $$ begin perform pg_advisory_xact_lock_shared(1785884268, (coalesce(pg_sequence_last_value(pg_get_serial_sequence(tg_relid::regclass::text, 'sequence')), 0) & 2147483647)::int); return null; end; $$ language plpgsql;`);
    this.addSql(`create trigger "announce_writer" before insert on "events" for each statement execute function "events_announce_writer_fn"();`);
  }

  override down(): void {
    this.addSql(`drop trigger "announce_writer" on "events";`);
    this.addSql(`drop function "events_announce_writer_fn"();`);
  }

}
