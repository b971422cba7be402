import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261129211628_mails extends Migration {

  override name = 'Migration20261129211628_mails';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`create table "outgoing_mails" ("id" uuid not null, "kind" varchar(64) not null, "recipient" varchar(254) not null, "data" jsonb not null, "attempts" int not null default 0, "next_attempt_at" timestamptz(3) not null, "expires_at" timestamptz(3) not null, "sent_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "outgoing_mails_expires_at_index" on "outgoing_mails" ("expires_at");`);
    this.addSql(`create index "outgoing_mails_due" on "outgoing_mails" ("next_attempt_at") where sent_at is null;`);
    this.addSql(`create index "outgoing_mails_recipient_kind_created_at_index" on "outgoing_mails" ("recipient", "kind", "created_at");`);
    this.addSql(`create table "user_tokens" ("id" uuid not null, "user_id" uuid not null, "purpose" text not null, "token_hash" varchar(64) not null, "email" varchar(254) not null, "expires_at" timestamptz(3) not null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "user_tokens_user_id_index" on "user_tokens" ("user_id");`);
    this.addSql(`alter table "user_tokens" add constraint "user_tokens_token_hash_unique" unique ("token_hash");`);
    this.addSql(`create index "user_tokens_expires_at_index" on "user_tokens" ("expires_at");`);
    this.addSql(`alter table "user_tokens" add constraint "user_tokens_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "user_tokens" add constraint "user_tokens_purpose_check" check ("purpose" in ('reset-password', 'verify-email', 'change-email', 'undo-email-change'));`);
  }

  override down(): void {
    this.addSql(`drop table "outgoing_mails";`);
    this.addSql(`drop table "user_tokens";`);
  }

}
