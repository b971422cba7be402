import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261129093014_equity_history extends Migration {

  override name = 'Migration20261129093014_equity_history';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`create table "equity_points" ("account_id" uuid not null, "resolution" text not null, "at" timestamptz(3) not null, "balance" numeric(20,4) not null, "nav" numeric(20,4) not null, "created_at" timestamptz(3) not null default now(), primary key ("account_id", "resolution", "at"));`);
    this.addSql(`alter table "equity_points" add constraint "equity_points_account_id_foreign" foreign key ("account_id") references "oanda_accounts" ("id") on delete cascade;`);
    this.addSql(`alter table "equity_points" add constraint "equity_points_resolution_check" check ("resolution" in ('M1', 'H1'));`);
  }

  override down(): void {
    this.addSql(`drop table "equity_points";`);
  }

}
