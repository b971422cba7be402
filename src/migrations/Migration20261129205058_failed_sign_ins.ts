import { Migration } from '../migrator/recipes.ts';

/** Failed sign-ins that count, and the devices from which people signed in before. */
export class Migration20261129205058_failed_sign_ins extends Migration {

  override name = 'Migration20261129205058_failed_sign_ins';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`create table "sign_in_failures" ("id" varchar(64) not null, "login_hash" varchar(64) null, "last_failed_at" timestamptz(3) not null, "expires_at" timestamptz(3) not null, primary key ("id"));`);
    this.addSql(`create index "sign_in_failures_login_hash_index" on "sign_in_failures" ("login_hash");`);
    this.addSql(`create index "sign_in_failures_expires_at_index" on "sign_in_failures" ("expires_at");`);
    this.addSql(`create table "known_devices" ("id" uuid not null, "user_id" uuid not null, "token_hash" varchar(64) not null, "last_used_at" timestamptz(3) not null, "created_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "known_devices_user_id_index" on "known_devices" ("user_id");`);
    this.addSql(`alter table "known_devices" add constraint "known_devices_token_hash_unique" unique ("token_hash");`);
    this.addSql(`create index "known_devices_last_used_at_index" on "known_devices" ("last_used_at");`);
    this.addSql(`alter table "known_devices" add constraint "known_devices_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
  }

  override down(): void {
    this.addSql(`drop table "sign_in_failures";`);
    this.addSql(`drop table "known_devices";`);
  }

}
