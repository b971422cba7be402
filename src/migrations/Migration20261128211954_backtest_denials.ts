import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261128211954_backtest_denials extends Migration {

  override name = 'Migration20261128211954_backtest_denials';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`alter table "backtest_results" add "denials" jsonb null;`);
  }

  override down(): void {
    this.addSql(`alter table "backtest_results" drop column "denials";`);
  }

}
