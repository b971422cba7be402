import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261130045343_scheduled_jobs extends Migration {

  override name = 'Migration20261130045343_scheduled_jobs';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`create table "scheduled_jobs" ("name" varchar(64) not null, "schedule" varchar(64) not null, "due_at" timestamptz(3) not null, "requested_at" timestamptz(3) null, "claim_id" uuid null, "leased_until" timestamptz(3) null, "turn_at" timestamptz(3) null, "started_at" timestamptz(3) null, "finished_at" timestamptz(3) null, "outcome" text null, "result" text null, "error" text null, "failures" int not null default 0, "succeeded_at" timestamptz(3) null, "copy" varchar(300) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("name"));`);
    this.addSql(`alter table "scheduled_jobs" add constraint "scheduled_jobs_failures_check" check (failures >= 0);`);
    this.addSql(`alter table "scheduled_jobs" add constraint "scheduled_jobs_claim_is_leased" check ((claim_id is null) = (leased_until is null));`);
    this.addSql(`alter table "scheduled_jobs" add constraint "scheduled_jobs_outcome_check" check ("outcome" in ('done', 'failed', 'skipped', 'interrupted'));`);
  }

  override down(): void {
    this.addSql(`drop table "scheduled_jobs";`);
  }

}
