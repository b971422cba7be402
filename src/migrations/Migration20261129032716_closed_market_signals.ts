import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261129032716_closed_market_signals extends Migration {

  override name = 'Migration20261129032716_closed_market_signals';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`alter table "backtest_results" add "closed_market" jsonb null;`);
  }

  override down(): void {
    this.addSql(`alter table "backtest_results" drop column "closed_market";`);
  }

}
