import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261129213022_verified_email extends Migration {

  override name = 'Migration20261129213022_verified_email';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`alter table "system_settings" add "require_verified_email" boolean not null default false;`);
  }

  override down(): void {
    this.addSql(`alter table "system_settings" drop column "require_verified_email";`);
  }

}
