import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261129183503_system_settings extends Migration {

  override name = 'Migration20261129183503_system_settings';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`create table "system_settings" ("id" smallint not null default 1, "sign_up" text not null default 'open', "listed_sign_ups" text[] not null default '{}', "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`alter table "system_settings" add constraint "system_settings_id_check" check (id = 1);`);
    this.addSql(`alter table "system_settings" add constraint "system_settings_sign_up_check" check ("sign_up" in ('open', 'listed', 'closed'));`);
  }

  override down(): void {
    this.addSql(`drop table "system_settings";`);
  }

}
