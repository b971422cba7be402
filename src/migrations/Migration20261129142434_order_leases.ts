import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261129142434_order_leases extends Migration {

  override name = 'Migration20261129142434_order_leases';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`alter table "orders" add "lease_until" timestamptz(3) null;`);
  }

  override down(): void {
    this.addSql(`alter table "orders" drop column "lease_until";`);
  }

}
