import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261129020542_account_margin_call extends Migration {

  override name = 'Migration20261129020542_account_margin_call';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`alter table "oanda_accounts" add "margin_call" boolean null, add "margin_closeout_percent" numeric(10,5) null;`);
  }

  override down(): void {
    this.addSql(`alter table "oanda_accounts" drop column "margin_call", drop column "margin_closeout_percent";`);
  }

}
