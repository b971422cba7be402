import { Migration } from '../migrator/recipes.ts';

/** Adds what the old and the new version of the server can both live with. */
export class Migration20261130005459_notification_channels extends Migration {

  override name = 'Migration20261130005459_notification_channels';

  static override readonly phase = 'expand';

  override up(): void {
    this.addSql(`create table "notification_settings" ("id" uuid not null, "user_id" uuid not null, "quiet_from" smallint null, "quiet_until" smallint null, "digest_at" smallint not null default 480, "group_seconds" smallint not null default 60, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`alter table "notification_settings" add constraint "notification_settings_user_id_unique" unique ("user_id");`);
    this.addSql(`create table "notification_channels" ("id" uuid not null, "user_id" uuid not null, "kind" text not null, "name" varchar(100) not null, "target" varchar(300) null, "secret_ciphertext" text null, "secret_key_id" varchar(64) null, "min_severity" text not null default 'warning', "muted_types" text[] not null default '{}', "is_digest" boolean not null default false, "is_on" boolean not null default true, "off_reason" varchar(300) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "notification_channels_user_id_index" on "notification_channels" ("user_id");`);
    this.addSql(`create table "notification_deliveries" ("id" uuid not null, "user_id" uuid not null, "channel_id" uuid null, "kind" text not null, "is_urgent" boolean not null default false, "content" jsonb not null, "attempts" int not null default 0, "next_attempt_at" timestamptz(3) not null, "sent_at" timestamptz(3) null, "dead_at" timestamptz(3) null, "last_answer" varchar(500) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "notification_deliveries_channel_id_index" on "notification_deliveries" ("channel_id");`);
    this.addSql(`create index "notification_deliveries_waiting" on "notification_deliveries" ("next_attempt_at") where sent_at is null and dead_at is null;`);
    this.addSql(`create index "notification_deliveries_user_id_id_index" on "notification_deliveries" ("user_id", "id");`);
    this.addSql(`alter table "notification_settings" add constraint "notification_settings_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "notification_settings" add constraint "notification_settings_quiet_is_a_range" check ((quiet_from is null) = (quiet_until is null));`);
    this.addSql(`alter table "notification_settings" add constraint "notification_settings_quiet_from_check" check (quiet_from >= 0 and quiet_from <= 1439);`);
    this.addSql(`alter table "notification_settings" add constraint "notification_settings_quiet_until_check" check (quiet_until >= 0 and quiet_until <= 1439);`);
    this.addSql(`alter table "notification_settings" add constraint "notification_settings_digest_at_check" check (digest_at >= 0 and digest_at <= 1439);`);
    this.addSql(`alter table "notification_settings" add constraint "notification_settings_group_seconds_check" check (group_seconds >= 0 and group_seconds <= 3600);`);
    this.addSql(`alter table "notification_channels" add constraint "notification_channels_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "notification_channels" add constraint "notification_channels_secret_has_key" check ((secret_ciphertext is null) = (secret_key_id is null));`);
    this.addSql(`alter table "notification_channels" add constraint "notification_channels_kind_check" check ("kind" in ('email', 'webhook', 'telegram', 'slack', 'discord'));`);
    this.addSql(`alter table "notification_channels" add constraint "notification_channels_min_severity_check" check ("min_severity" in ('debug', 'info', 'warning', 'error', 'critical'));`);
    this.addSql(`alter table "notification_deliveries" add constraint "notification_deliveries_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "notification_deliveries" add constraint "notification_deliveries_channel_id_foreign" foreign key ("channel_id") references "notification_channels" ("id") on delete cascade;`);
    this.addSql(`alter table "notification_deliveries" add constraint "notification_deliveries_attempts_check" check (attempts >= 0);`);
    this.addSql(`alter table "notification_deliveries" add constraint "notification_deliveries_kind_check" check ("kind" in ('email', 'webhook', 'telegram', 'slack', 'discord'));`);
  }

  override down(): void {
    this.addSql(`alter table "notification_deliveries" drop constraint "notification_deliveries_channel_id_foreign";`);
    this.addSql(`drop table "notification_settings";`);
    this.addSql(`drop table "notification_channels";`);
    this.addSql(`drop table "notification_deliveries";`);
  }

}
