import { Migration } from '../migrator/recipes.ts';

export class Migration20261122081328_accounts_initial extends Migration {

  override name = 'Migration20261122081328_accounts_initial';

  static override readonly phase = 'expand';

  override up(): void | Promise<void> {
    this.addSql(`create table "users" ("id" uuid not null, "email" varchar(254) not null, "username" varchar(64) not null, "password_hash" text not null, "role" text not null default 'trader', "first_name" varchar(100) null, "last_name" varchar(100) null, "timezone" varchar(64) not null default 'UTC', "language" text not null default 'en', "is_active" boolean not null default true, "email_verified_at" timestamptz(3) null, "failed_login_attempts" int not null default 0, "locked_until" timestamptz(3) null, "last_login_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`alter table "users" add constraint "users_email_unique" unique ("email");`);
    this.addSql(`alter table "users" add constraint "users_username_unique" unique ("username");`);

    this.addSql(`create table "oanda_accounts" ("id" uuid not null, "user_id" uuid not null, "name" varchar(100) not null, "environment" text not null, "broker_account_id" varchar(64) not null, "token_ciphertext" text null, "token_key_id" varchar(64) null, "currency" varchar(3) not null, "jurisdiction" text not null default 'OTHER', "hedging" boolean not null default false, "initial_balance" numeric(20,4) null, "balance" numeric(20,4) null, "nav" numeric(20,4) null, "margin_used" numeric(20,4) null, "margin_available" numeric(20,4) null, "unrealized_pnl" numeric(20,4) null, "snapshot_at" timestamptz(3) null, "last_transaction_id" bigint not null default 0, "owner_epoch" bigint not null default 0, "status" text not null default 'idle', "is_active" boolean not null default true, "max_order_units" bigint null, "max_position_units" bigint null, "max_daily_loss" numeric(20,4) null, "max_spread_pips" numeric(10,2) null, "allowed_instruments" text[] null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "oanda_accounts_user_id_index" on "oanda_accounts" ("user_id");`);
    this.addSql(`alter table "oanda_accounts" add constraint "oanda_accounts_user_id_environment_broker_account_id_unique" unique ("user_id", "environment", "broker_account_id");`);

    this.addSql(`create table "idempotency_keys" ("id" uuid not null, "user_id" uuid not null, "key" varchar(255) not null, "route" varchar(255) not null, "request_hash" varchar(64) not null, "state" text not null default 'in_progress', "status" int null, "headers" jsonb null, "body" jsonb null, "expires_at" timestamptz(3) not null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "idempotency_keys_expires_at_index" on "idempotency_keys" ("expires_at");`);
    this.addSql(`alter table "idempotency_keys" add constraint "idempotency_keys_user_id_key_unique" unique ("user_id", "key");`);

    this.addSql(`create table "blocked_ips" ("id" uuid not null, "ip_address" inet not null, "reason" text not null, "failed_attempts" int not null default 0, "blocked_at" timestamptz(3) not null default now(), "blocked_until" timestamptz(3) null, "created_by_id" uuid null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`alter table "blocked_ips" add constraint "blocked_ips_ip_address_unique" unique ("ip_address");`);
    this.addSql(`create index "blocked_ips_created_by_id_index" on "blocked_ips" ("created_by_id");`);

    this.addSql(`create table "user_sessions" ("id" uuid not null, "user_id" uuid not null, "token_hash" varchar(64) not null, "ip_address" inet null, "user_agent" varchar(512) null, "last_seen_at" timestamptz(3) not null default now(), "expires_at" timestamptz(3) not null, "revoked_at" timestamptz(3) null, "revoked_reason" varchar(64) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "user_sessions_user_id_index" on "user_sessions" ("user_id");`);
    this.addSql(`alter table "user_sessions" add constraint "user_sessions_token_hash_unique" unique ("token_hash");`);
    this.addSql(`create index "user_sessions_expires_at_index" on "user_sessions" ("expires_at");`);

    this.addSql(`create table "user_settings" ("id" uuid not null, "user_id" uuid not null, "default_units" bigint not null default 1000, "default_take_profit_pips" numeric(10,2) not null default '25', "default_retracement_pips" numeric(10,2) not null default '30', "default_scaling_mode" text not null default 'additive', "notify_email" boolean not null default true, "notify_webhook_url" text null, "notify_min_severity" text not null default 'warning', "preferences" jsonb not null default '{}', "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`alter table "user_settings" add constraint "user_settings_user_id_unique" unique ("user_id");`);

    this.addSql(`alter table "users" add constraint "users_email_check" check (email = lower(email));`);
    this.addSql(`alter table "users" add constraint "users_failed_login_attempts_check" check (failed_login_attempts >= 0);`);
    this.addSql(`alter table "users" add constraint "users_role_check" check ("role" in ('trader', 'admin'));`);
    this.addSql(`alter table "users" add constraint "users_language_check" check ("language" in ('en', 'ja'));`);

    this.addSql(`alter table "oanda_accounts" add constraint "oanda_accounts_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete restrict;`);
    this.addSql(`alter table "oanda_accounts" add constraint "oanda_accounts_broker_needs_token" check (environment = 'paper' or (token_ciphertext is not null and token_key_id is not null));`);
    this.addSql(`alter table "oanda_accounts" add constraint "oanda_accounts_currency_check" check (currency ~ '^[A-Z]{3}\$');`);
    this.addSql(`alter table "oanda_accounts" add constraint "oanda_accounts_initial_balance_check" check (initial_balance > 0);`);
    this.addSql(`alter table "oanda_accounts" add constraint "oanda_accounts_last_transaction_id_check" check (last_transaction_id >= 0);`);
    this.addSql(`alter table "oanda_accounts" add constraint "oanda_accounts_owner_epoch_check" check (owner_epoch >= 0);`);
    this.addSql(`alter table "oanda_accounts" add constraint "oanda_accounts_max_order_units_check" check (max_order_units > 0);`);
    this.addSql(`alter table "oanda_accounts" add constraint "oanda_accounts_max_position_units_check" check (max_position_units > 0);`);
    this.addSql(`alter table "oanda_accounts" add constraint "oanda_accounts_max_daily_loss_check" check (max_daily_loss > 0);`);
    this.addSql(`alter table "oanda_accounts" add constraint "oanda_accounts_max_spread_pips_check" check (max_spread_pips > 0);`);
    this.addSql(`alter table "oanda_accounts" add constraint "oanda_accounts_environment_check" check ("environment" in ('paper', 'practice', 'live'));`);
    this.addSql(`alter table "oanda_accounts" add constraint "oanda_accounts_jurisdiction_check" check ("jurisdiction" in ('US', 'JP', 'EU', 'UK', 'AU', 'OTHER'));`);
    this.addSql(`alter table "oanda_accounts" add constraint "oanda_accounts_status_check" check ("status" in ('idle', 'trading', 'halted', 'error'));`);

    this.addSql(`alter table "idempotency_keys" add constraint "idempotency_keys_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "idempotency_keys" add constraint "idempotency_keys_done_has_status" check ((state = 'done') = (status is not null));`);
    this.addSql(`alter table "idempotency_keys" add constraint "idempotency_keys_state_check" check ("state" in ('in_progress', 'done'));`);

    this.addSql(`alter table "blocked_ips" add constraint "blocked_ips_created_by_id_foreign" foreign key ("created_by_id") references "users" ("id") on delete set null;`);
    this.addSql(`alter table "blocked_ips" add constraint "blocked_ips_failed_attempts_check" check (failed_attempts >= 0);`);

    this.addSql(`alter table "user_sessions" add constraint "user_sessions_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "user_sessions" add constraint "user_sessions_reason_needs_revocation" check (revoked_reason is null or revoked_at is not null);`);

    this.addSql(`alter table "user_settings" add constraint "user_settings_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "user_settings" add constraint "user_settings_default_units_check" check (default_units > 0);`);
    this.addSql(`alter table "user_settings" add constraint "user_settings_default_take_profit_pips_check" check (default_take_profit_pips > 0);`);
    this.addSql(`alter table "user_settings" add constraint "user_settings_default_retracement_pips_check" check (default_retracement_pips > 0);`);
    this.addSql(`alter table "user_settings" add constraint "user_settings_default_scaling_mode_check" check ("default_scaling_mode" in ('additive', 'multiplicative'));`);
    this.addSql(`alter table "user_settings" add constraint "user_settings_notify_min_severity_check" check ("notify_min_severity" in ('debug', 'info', 'warning', 'error', 'critical'));`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "oanda_accounts" drop constraint "oanda_accounts_user_id_foreign";`);
    this.addSql(`alter table "idempotency_keys" drop constraint "idempotency_keys_user_id_foreign";`);
    this.addSql(`alter table "blocked_ips" drop constraint "blocked_ips_created_by_id_foreign";`);
    this.addSql(`alter table "user_sessions" drop constraint "user_sessions_user_id_foreign";`);
    this.addSql(`alter table "user_settings" drop constraint "user_settings_user_id_foreign";`);

    this.addSql(`drop table "users";`);
    this.addSql(`drop table "oanda_accounts";`);
    this.addSql(`drop table "idempotency_keys";`);
    this.addSql(`drop table "blocked_ips";`);
    this.addSql(`drop table "user_sessions";`);
    this.addSql(`drop table "user_settings";`);
  }

}
