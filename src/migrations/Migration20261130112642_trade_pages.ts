import { Migration } from '../migrator/recipes.ts';

/** Made while the table is written to. */
export class Migration20261130112642_trade_pages extends Migration {

  override name = 'Migration20261130112642_trade_pages';

  static override readonly phase = 'expand';
  static override readonly transactional = false;

  override up(): void {
    this.addSql(`create index concurrently if not exists "trades_account_id_id_index" on "trades" ("account_id", "id");`);
  }

  override down(): void {
    this.addSql(`drop index concurrently if exists "trades_account_id_id_index";`);
  }

}
