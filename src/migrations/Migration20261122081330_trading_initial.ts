import { Migration } from '../migrator/recipes.ts';

export class Migration20261122081330_trading_initial extends Migration {

  override name = 'Migration20261122081330_trading_initial';

  static override readonly phase = 'expand';

  override up(): void | Promise<void> {
    this.addSql(`create table "strategies" ("id" uuid not null, "account_id" uuid not null, "name" varchar(100) not null, "strategy_type" varchar(64) not null, "parameters" jsonb not null, "parameters_version" int not null default 1, "instrument" varchar(32) not null, "status" text not null default 'stopped', "status_reason" text null, "started_at" timestamptz(3) null, "stopped_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "strategies_account_id_id_index" on "strategies" ("account_id", "id");`);
    this.addSql(`create unique index "strategies_one_active_per_instrument" on "strategies" ("account_id", "instrument") where status in ('starting', 'running', 'paused', 'draining', 'stopping');`);

    this.addSql(`create table "strategy_states" ("id" uuid not null, "strategy_id" uuid not null, "state" jsonb not null, "state_version" int not null, "last_quote_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`alter table "strategy_states" add constraint "strategy_states_strategy_id_unique" unique ("strategy_id");`);

    this.addSql(`create table "account_states" ("account_id" uuid not null, "state" jsonb not null, "updated_at" timestamptz(3) not null default now(), primary key ("account_id"));`);

    this.addSql(`create table "orders" ("id" uuid not null, "account_id" uuid not null, "strategy_id" uuid null, "client_order_id" varchar(128) null, "broker_order_id" varchar(64) null, "oco_group" varchar(64) null, "position_id" uuid null, "request_id" varchar(128) null, "created_by" text not null, "instrument" varchar(32) not null, "order_type" text not null, "side" text not null, "units" bigint not null, "price" numeric(20,10) null, "price_bound" numeric(20,10) null, "take_profit" numeric(20,10) null, "stop_loss" numeric(20,10) null, "trailing_distance" numeric(20,10) null, "time_in_force" text not null, "expires_at" timestamptz(3) null, "status" text not null, "reason_code" varchar(64) null, "filled_units" bigint not null default 0, "average_price" numeric(20,10) null, "submitted_at" timestamptz(3) null, "filled_at" timestamptz(3) null, "cancelled_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "orders_strategy_id_index" on "orders" ("strategy_id");`);
    this.addSql(`alter table "orders" add constraint "orders_client_order_id_unique" unique ("client_order_id");`);
    this.addSql(`create index "orders_position_id_index" on "orders" ("position_id");`);
    this.addSql(`create index "orders_account_id_id_index" on "orders" ("account_id", "id");`);
    this.addSql(`create index "orders_open_index" on "orders" ("account_id") where status in ('pending', 'submitted', 'accepted', 'partially_filled', 'cancel_pending');`);
    this.addSql(`alter table "orders" add constraint "orders_account_id_broker_order_id_unique" unique ("account_id", "broker_order_id");`);

    this.addSql(`create table "positions" ("id" uuid not null, "account_id" uuid not null, "strategy_id" uuid null, "broker_trade_id" varchar(64) not null, "opening_order_id" uuid null, "instrument" varchar(32) not null, "side" text not null, "initial_units" bigint not null, "open_units" bigint not null, "entry_price" numeric(20,10) not null, "take_profit" numeric(20,10) null, "stop_loss" numeric(20,10) null, "trailing_distance" numeric(20,10) null, "layer" int not null default 0, "entry_spread_cost" numeric(20,4) not null default '0', "entry_commission" numeric(20,4) not null default '0', "realized_pnl" numeric(20,4) not null default '0', "financing" numeric(20,4) not null default '0', "opened_at" timestamptz(3) not null, "closed_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "positions_strategy_id_index" on "positions" ("strategy_id");`);
    this.addSql(`create index "positions_opening_order_id_index" on "positions" ("opening_order_id");`);
    this.addSql(`create index "positions_account_id_id_index" on "positions" ("account_id", "id");`);
    this.addSql(`create index "positions_open_index" on "positions" ("account_id", "instrument") where closed_at is null;`);
    this.addSql(`alter table "positions" add constraint "positions_account_id_broker_trade_id_unique" unique ("account_id", "broker_trade_id");`);

    this.addSql(`create table "trades" ("id" uuid not null, "account_id" uuid not null, "strategy_id" uuid null, "position_id" uuid not null, "closing_order_id" uuid null, "broker_transaction_id" bigint not null, "instrument" varchar(32) not null, "side" text not null, "units" bigint not null, "entry_price" numeric(20,10) not null, "exit_price" numeric(20,10) not null, "realized_pnl" numeric(20,4) not null, "financing" numeric(20,4) not null default '0', "commission" numeric(20,4) not null default '0', "spread_cost" numeric(20,4) not null default '0', "slippage" numeric(20,4) not null default '0', "conversion_cost" numeric(20,4) not null default '0', "exit_reason" text not null, "opened_at" timestamptz(3) not null, "closed_at" timestamptz(3) not null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "trades_strategy_id_index" on "trades" ("strategy_id");`);
    this.addSql(`create index "trades_position_id_index" on "trades" ("position_id");`);
    this.addSql(`create index "trades_closing_order_id_index" on "trades" ("closing_order_id");`);
    this.addSql(`create index "trades_account_id_closed_at_id_index" on "trades" ("account_id", "closed_at", "id");`);
    this.addSql(`alter table "trades" add constraint "trades_account_id_broker_transaction_id_position_id_unique" unique ("account_id", "broker_transaction_id", "position_id");`);

    this.addSql(`create table "broker_transactions" ("account_id" uuid not null, "transaction_id" bigint not null, "batch_id" bigint not null, "type" varchar(64) not null, "occurred_at" timestamptz(3) not null, "payload" jsonb not null, "created_at" timestamptz(3) not null default now(), primary key ("account_id", "transaction_id"));`);

    this.addSql(`alter table "strategies" add constraint "strategies_account_id_foreign" foreign key ("account_id") references "oanda_accounts" ("id") on delete cascade;`);
    this.addSql(`alter table "strategies" add constraint "strategies_parameters_version_check" check (parameters_version > 0);`);
    this.addSql(`alter table "strategies" add constraint "strategies_status_check" check ("status" in ('stopped', 'starting', 'running', 'paused', 'draining', 'stopping', 'failed'));`);

    this.addSql(`alter table "strategy_states" add constraint "strategy_states_strategy_id_foreign" foreign key ("strategy_id") references "strategies" ("id") on delete cascade;`);
    this.addSql(`alter table "strategy_states" add constraint "strategy_states_state_version_check" check (state_version > 0);`);

    this.addSql(`alter table "account_states" add constraint "account_states_account_id_foreign" foreign key ("account_id") references "oanda_accounts" ("id") on update cascade on delete cascade;`);

    this.addSql(`alter table "orders" add constraint "orders_account_id_foreign" foreign key ("account_id") references "oanda_accounts" ("id") on delete cascade;`);
    this.addSql(`alter table "orders" add constraint "orders_strategy_id_foreign" foreign key ("strategy_id") references "strategies" ("id") on delete set null;`);
    this.addSql(`alter table "orders" add constraint "orders_filled_within_units" check (filled_units >= 0 and filled_units <= units);`);
    this.addSql(`alter table "orders" add constraint "orders_resting_needs_price" check (order_type not in ('limit', 'stop') or price is not null);`);
    this.addSql(`alter table "orders" add constraint "orders_gtd_needs_expiry" check (time_in_force <> 'GTD' or expires_at is not null);`);
    this.addSql(`alter table "orders" add constraint "orders_units_check" check (units > 0);`);
    this.addSql(`alter table "orders" add constraint "orders_price_check" check (price > 0);`);
    this.addSql(`alter table "orders" add constraint "orders_price_bound_check" check (price_bound > 0);`);
    this.addSql(`alter table "orders" add constraint "orders_take_profit_check" check (take_profit > 0);`);
    this.addSql(`alter table "orders" add constraint "orders_stop_loss_check" check (stop_loss > 0);`);
    this.addSql(`alter table "orders" add constraint "orders_trailing_distance_check" check (trailing_distance > 0);`);
    this.addSql(`alter table "orders" add constraint "orders_average_price_check" check (average_price > 0);`);
    this.addSql(`alter table "orders" add constraint "orders_created_by_check" check ("created_by" in ('strategy', 'person', 'broker'));`);
    this.addSql(`alter table "orders" add constraint "orders_order_type_check" check ("order_type" in ('market', 'limit', 'stop', 'take_profit', 'stop_loss', 'trailing_stop'));`);
    this.addSql(`alter table "orders" add constraint "orders_side_check" check ("side" in ('buy', 'sell'));`);
    this.addSql(`alter table "orders" add constraint "orders_time_in_force_check" check ("time_in_force" in ('GTC', 'GTD', 'FOK', 'IOC'));`);
    this.addSql(`alter table "orders" add constraint "orders_status_check" check ("status" in ('pending', 'denied', 'submitted', 'accepted', 'rejected', 'partially_filled', 'filled', 'cancel_pending', 'cancelled', 'expired'));`);

    this.addSql(`alter table "positions" add constraint "positions_account_id_foreign" foreign key ("account_id") references "oanda_accounts" ("id") on delete cascade;`);
    this.addSql(`alter table "positions" add constraint "positions_strategy_id_foreign" foreign key ("strategy_id") references "strategies" ("id") on delete set null;`);
    this.addSql(`alter table "positions" add constraint "positions_opening_order_id_foreign" foreign key ("opening_order_id") references "orders" ("id") on delete no action;`);
    this.addSql(`alter table "positions" add constraint "positions_open_within_initial" check (open_units >= 0 and open_units <= initial_units);`);
    this.addSql(`alter table "positions" add constraint "positions_closed_when_flat" check ((closed_at is null) = (open_units > 0));`);
    this.addSql(`alter table "positions" add constraint "positions_initial_units_check" check (initial_units > 0);`);
    this.addSql(`alter table "positions" add constraint "positions_entry_price_check" check (entry_price > 0);`);
    this.addSql(`alter table "positions" add constraint "positions_take_profit_check" check (take_profit > 0);`);
    this.addSql(`alter table "positions" add constraint "positions_stop_loss_check" check (stop_loss > 0);`);
    this.addSql(`alter table "positions" add constraint "positions_trailing_distance_check" check (trailing_distance > 0);`);
    this.addSql(`alter table "positions" add constraint "positions_layer_check" check (layer >= 0);`);
    this.addSql(`alter table "positions" add constraint "positions_side_check" check ("side" in ('long', 'short'));`);

    this.addSql(`alter table "trades" add constraint "trades_account_id_foreign" foreign key ("account_id") references "oanda_accounts" ("id") on delete cascade;`);
    this.addSql(`alter table "trades" add constraint "trades_strategy_id_foreign" foreign key ("strategy_id") references "strategies" ("id") on delete set null;`);
    this.addSql(`alter table "trades" add constraint "trades_position_id_foreign" foreign key ("position_id") references "positions" ("id") on delete no action;`);
    this.addSql(`alter table "trades" add constraint "trades_closing_order_id_foreign" foreign key ("closing_order_id") references "orders" ("id") on delete no action;`);
    this.addSql(`alter table "trades" add constraint "trades_closed_after_opened" check (closed_at >= opened_at);`);
    this.addSql(`alter table "trades" add constraint "trades_units_check" check (units > 0);`);
    this.addSql(`alter table "trades" add constraint "trades_entry_price_check" check (entry_price > 0);`);
    this.addSql(`alter table "trades" add constraint "trades_exit_price_check" check (exit_price > 0);`);
    this.addSql(`alter table "trades" add constraint "trades_side_check" check ("side" in ('long', 'short'));`);
    this.addSql(`alter table "trades" add constraint "trades_exit_reason_check" check ("exit_reason" in ('market', 'limit', 'stop', 'take_profit', 'stop_loss', 'trailing_stop', 'close', 'margin_closeout'));`);

    this.addSql(`alter table "broker_transactions" add constraint "broker_transactions_account_id_foreign" foreign key ("account_id") references "oanda_accounts" ("id") on delete cascade;`);
    this.addSql(`alter table "broker_transactions" add constraint "broker_transactions_transaction_id_check" check (transaction_id > 0);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "strategy_states" drop constraint "strategy_states_strategy_id_foreign";`);
    this.addSql(`alter table "orders" drop constraint "orders_strategy_id_foreign";`);
    this.addSql(`alter table "positions" drop constraint "positions_strategy_id_foreign";`);
    this.addSql(`alter table "trades" drop constraint "trades_strategy_id_foreign";`);
    this.addSql(`alter table "positions" drop constraint "positions_opening_order_id_foreign";`);
    this.addSql(`alter table "trades" drop constraint "trades_closing_order_id_foreign";`);
    this.addSql(`alter table "trades" drop constraint "trades_position_id_foreign";`);

    this.addSql(`drop table "strategies";`);
    this.addSql(`drop table "strategy_states";`);
    this.addSql(`drop table "account_states";`);
    this.addSql(`drop table "orders";`);
    this.addSql(`drop table "positions";`);
    this.addSql(`drop table "trades";`);
    this.addSql(`drop table "broker_transactions";`);
  }

}
