import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261129021123_backtest_series extends Migration {

  override name = 'Migration20261129021123_backtest_series';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`create table "backtest_series" ("backtest_id" uuid not null, "instrument" varchar(32) not null, "series_id" uuid not null, primary key ("backtest_id", "instrument"));`);
    this.addSql(`create index "backtest_series_series_id_index" on "backtest_series" ("series_id");`);
    this.addSql(`alter table "backtest_series" add constraint "backtest_series_backtest_id_foreign" foreign key ("backtest_id") references "backtests" ("id") on delete cascade;`);
    this.addSql(`alter table "backtest_series" add constraint "backtest_series_series_id_foreign" foreign key ("series_id") references "price_series" ("id") on delete no action deferrable initially deferred;`);
    this.addSql(`alter table "backtest_trades" add "instrument" varchar(32) null;`);
  }

  override down(): void {
    this.addSql(`alter table "backtest_trades" drop column "instrument";`);
    this.addSql(`drop table "backtest_series";`);
  }

}
