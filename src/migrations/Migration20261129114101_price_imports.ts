import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261129114101_price_imports extends Migration {

  override name = 'Migration20261129114101_price_imports';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`create table "price_imports" ("id" uuid not null, "user_id" uuid not null, "account_id" uuid not null, "series_id" uuid not null, "starts_at" timestamptz(3) not null, "ends_at" timestamptz(3) not null, "status" text not null default 'running', "error" text null, "leased_until" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "price_imports_user_id_index" on "price_imports" ("user_id");`);
    this.addSql(`create index "price_imports_account_id_index" on "price_imports" ("account_id");`);
    this.addSql(`alter table "price_imports" add constraint "price_imports_series_id_unique" unique ("series_id");`);
    this.addSql(`create unique index "price_imports_one_running_per_user" on "price_imports" ("user_id") where status = 'running';`);
    this.addSql(`alter table "price_imports" add constraint "price_imports_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "price_imports" add constraint "price_imports_account_id_foreign" foreign key ("account_id") references "oanda_accounts" ("id") on delete cascade;`);
    this.addSql(`alter table "price_imports" add constraint "price_imports_series_id_foreign" foreign key ("series_id") references "price_series" ("id") on delete cascade;`);
    this.addSql(`alter table "price_imports" add constraint "price_imports_ends_after_start" check (ends_at > starts_at);`);
    this.addSql(`alter table "price_imports" add constraint "price_imports_status_check" check ("status" in ('running', 'completed', 'failed'));`);
  }

  override down(): void {
    this.addSql(`drop table "price_imports";`);
  }

}
