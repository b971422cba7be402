import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261129210649_backtest_turns extends Migration {

  override name = 'Migration20261129210649_backtest_turns';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`alter table "users" add "backtest_served_at" timestamptz(3) null;`);
  }

  override down(): void {
    this.addSql(`alter table "users" drop column "backtest_served_at";`);
  }

}
