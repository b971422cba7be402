import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261129032346_account_instruments extends Migration {

  override name = 'Migration20261129032346_account_instruments';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`create table "account_instruments" ("account_id" uuid not null, "name" varchar(32) not null, "price_precision" int not null, "specification" jsonb not null, "is_offered" boolean not null default true, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("account_id", "name"));`);
    this.addSql(`alter table "account_instruments" add constraint "account_instruments_account_id_foreign" foreign key ("account_id") references "oanda_accounts" ("id") on delete cascade;`);
    this.addSql(`alter table "account_instruments" add constraint "account_instruments_price_precision_check" check (price_precision >= 0);`);
  }

  override down(): void {
    this.addSql(`drop table "account_instruments";`);
  }

}
