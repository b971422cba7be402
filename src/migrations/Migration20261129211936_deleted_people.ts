import { Migration } from '../migrator/recipes.ts';

/** When a person was deleted, whose row stays for the books. */
export class Migration20261129211936_deleted_people extends Migration {

  override name = 'Migration20261129211936_deleted_people';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`alter table "users" add "deleted_at" timestamptz(3) null;`);
  }

  override down(): void {
    this.addSql(`alter table "users" drop column "deleted_at";`);
  }

}
