import { Migration } from '../migrator/recipes.ts';

export class Migration20261122103424_operations extends Migration {

  override name = 'Migration20261122103424_operations';

  static override readonly phase = 'expand';

  override up(): void | Promise<void> {
    this.addSql(`create table "app_instances" ("id" uuid not null, "version" varchar(64) not null, "migrations_head" varchar(255) not null, "host" varchar(255) not null, "pid" int not null, "started_at" timestamptz(3) not null default now(), "last_seen_at" timestamptz(3) not null default now(), "stopped_at" timestamptz(3) null, primary key ("id"));`);

    this.addSql(`create table "backfill_jobs" ("name" varchar(128) not null, "table_name" varchar(128) not null, "key_column" varchar(128) not null default 'id', "assignment" text not null, "condition" text not null, "state" text not null default 'pending', "cursor" text null, "batch_size" int not null default 1000, "rows_done" bigint not null default 0, "rows_estimate" bigint null, "error" text null, "heartbeat_at" timestamptz(3) null, "started_at" timestamptz(3) null, "completed_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("name"));`);

    this.addSql(`create table "database_backups" ("id" uuid not null default gen_random_uuid(), "made_at" timestamptz(3) not null default now(), "location" text not null, "size_bytes" bigint not null, "sha256" varchar(64) not null, "migrations_head" varchar(255) null, "verified_at" timestamptz(3) null, primary key ("id"));`);
    this.addSql(`create index "database_backups_made_at_index" on "database_backups" ("made_at");`);

    this.addSql(`alter table "backfill_jobs" add constraint "backfill_jobs_batch_size_check" check (batch_size > 0);`);
    this.addSql(`alter table "backfill_jobs" add constraint "backfill_jobs_rows_done_check" check (rows_done >= 0);`);
    this.addSql(`alter table "backfill_jobs" add constraint "backfill_jobs_done_is_completed" check ((state = 'done') = (completed_at is not null));`);
    this.addSql(`alter table "backfill_jobs" add constraint "backfill_jobs_state_check" check ("state" in ('pending', 'running', 'paused', 'done', 'failed'));`);

    this.addSql(`alter table "database_backups" add constraint "database_backups_size_bytes_check" check (size_bytes > 0);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table "app_instances";`);
    this.addSql(`drop table "backfill_jobs";`);
    this.addSql(`drop table "database_backups";`);
  }

}
