import { Migration } from '../migrator/recipes.ts';

export class Migration20261122081333_event_logging extends Migration {

  override name = 'Migration20261122081333_event_logging';

  static override readonly phase = 'expand';

  override up(): void | Promise<void> {
    this.addSql(`create table "events" ("sequence" bigint generated always as identity not null primary key, "transaction_xid" xid8 not null default pg_current_xact_id(), "occurred_at" timestamptz(3) not null, "category" text not null, "type" varchar(100) not null, "severity" text not null, "user_id" uuid null, "account_id" uuid null, "strategy_id" uuid null, "request_id" varchar(128) null, "description" text not null, "details" jsonb not null default '{}', "ip_address" inet null, "user_agent" varchar(512) null, "created_at" timestamptz(3) not null default now());`);
    this.addSql(`create index "events_transaction_xid_sequence_index" on "events" ("transaction_xid", "sequence");`);
    this.addSql(`create index "events_user_id_sequence_index" on "events" ("user_id", "sequence");`);
    this.addSql(`create index "events_account_id_sequence_index" on "events" ("account_id", "sequence");`);
    this.addSql(`create index "events_strategy_id_sequence_index" on "events" ("strategy_id", "sequence");`);

    this.addSql(`create table "notifications" ("id" uuid not null, "user_id" uuid null, "event_sequence" bigint null, "type" varchar(100) not null, "title" varchar(200) not null, "message" text not null, "severity" text not null, "read_at" timestamptz(3) null, "delivery" jsonb not null default '{}', "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "notifications_event_sequence_index" on "notifications" ("event_sequence");`);
    this.addSql(`create index "notifications_user_id_id_index" on "notifications" ("user_id", "id");`);

    this.addSql(`alter table "events" add constraint "events_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete set null;`);
    this.addSql(`alter table "events" add constraint "events_account_id_foreign" foreign key ("account_id") references "oanda_accounts" ("id") on delete set null;`);
    this.addSql(`alter table "events" add constraint "events_strategy_id_foreign" foreign key ("strategy_id") references "strategies" ("id") on delete set null;`);
    this.addSql(`alter table "events" add constraint "events_category_check" check ("category" in ('trading', 'system', 'security', 'admin'));`);
    this.addSql(`alter table "events" add constraint "events_severity_check" check ("severity" in ('debug', 'info', 'warning', 'error', 'critical'));`);

    this.addSql(`alter table "notifications" add constraint "notifications_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "notifications" add constraint "notifications_event_sequence_foreign" foreign key ("event_sequence") references "events" ("sequence") on delete set null;`);
    this.addSql(`alter table "notifications" add constraint "notifications_severity_check" check ("severity" in ('debug', 'info', 'warning', 'error', 'critical'));`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "notifications" drop constraint "notifications_event_sequence_foreign";`);

    this.addSql(`drop table "events";`);
    this.addSql(`drop table "notifications";`);
  }

}
