import { Migration } from '../migrator/recipes.ts';

/** Made while the table is written to. */
export class Migration20261129221427_security_overview extends Migration {

  override name = 'Migration20261129221427_security_overview';

  static override readonly phase = 'expand';
  static override readonly transactional = false;

  override up(): void {
    this.addSql(`create index concurrently if not exists "events_security" on "events" ("category", "occurred_at") where category in ('security', 'admin');`);
  }

  override down(): void {
    this.addSql(`drop index concurrently if exists "events_security";`);
  }

}
