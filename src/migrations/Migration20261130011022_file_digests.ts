import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261130011022_file_digests extends Migration {

  override name = 'Migration20261130011022_file_digests';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`alter table "price_series" add "file_digest" varchar(64) null;`);
  }

  override down(): void {
    this.addSql(`alter table "price_series" drop column "file_digest";`);
  }

}
