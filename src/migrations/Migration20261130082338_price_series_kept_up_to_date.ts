import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261130082338_price_series_kept_up_to_date extends Migration {

  override name = 'Migration20261130082338_price_series_kept_up_to_date';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`alter table "price_imports" add "keeps_up_to_date" boolean not null default false, add "topped_up_at" timestamptz(3) null;`);
  }

  override down(): void {
    this.addSql(`alter table "price_imports" drop column "keeps_up_to_date", drop column "topped_up_at";`);
  }

}
