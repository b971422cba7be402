import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261129203821_second_factors extends Migration {

  override name = 'Migration20261129203821_second_factors';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`create table "second_factors" ("id" uuid not null, "user_id" uuid not null, "secret_ciphertext" text not null, "secret_key_id" varchar(64) not null, "confirmed_at" timestamptz(3) null, "last_step" bigint not null default 0, "recovery_code_hashes" text[] not null default '{}', "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`alter table "second_factors" add constraint "second_factors_user_id_unique" unique ("user_id");`);
    this.addSql(`alter table "second_factors" add constraint "second_factors_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
  }

  override down(): void {
    this.addSql(`drop table "second_factors";`);
  }

}
