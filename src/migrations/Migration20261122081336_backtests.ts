import { Migration } from '../migrator/recipes.ts';

export class Migration20261122081336_backtests extends Migration {

  override name = 'Migration20261122081336_backtests';

  static override readonly phase = 'expand';

  override up(): void | Promise<void> {
    this.addSql(`create table "price_series" ("id" uuid not null, "user_id" uuid null, "instrument" varchar(32) not null, "kind" text not null, "granularity" text null, "source" varchar(255) not null, "rows" bigint not null default 0, "starts_at" timestamptz(3) null, "ends_at" timestamptz(3) null, "skipped_rows" bigint not null default 0, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "price_series_user_id_id_index" on "price_series" ("user_id", "id");`);
    this.addSql(`create index "price_series_instrument_kind_index" on "price_series" ("instrument", "kind");`);

    this.addSql(`create table "price_chunks" ("series_id" uuid not null, "ordinal" int not null, "starts_at" timestamptz(3) not null, "ends_at" timestamptz(3) not null, "rows" int not null, "data" bytea not null, primary key ("series_id", "ordinal"));`);
    // By hand: the chunks are compressed already, so PostgreSQL must not spend time on compressing them again.
    this.addSql(`alter table "price_chunks" alter column "data" set storage external;`);

    this.addSql(`create table "backtests" ("id" uuid not null, "user_id" uuid not null, "strategy_type" varchar(64) not null, "parameters" jsonb not null, "instrument" varchar(32) not null, "series_id" uuid not null, "starts_at" timestamptz(3) not null, "ends_at" timestamptz(3) not null, "initial_balance" numeric(20,4) not null, "currency" varchar(3) not null, "costs" jsonb not null, "seed" bigint not null, "spec_hash" varchar(64) not null, "engine_version" varchar(64) not null, "status" text not null default 'queued', "progress" double precision not null default 0, "error" text null, "quotes" bigint not null default 0, "started_at" timestamptz(3) null, "completed_at" timestamptz(3) null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`create index "backtests_series_id_index" on "backtests" ("series_id");`);
    this.addSql(`create index "backtests_user_id_id_index" on "backtests" ("user_id", "id");`);
    this.addSql(`create index "backtests_user_id_spec_hash_index" on "backtests" ("user_id", "spec_hash");`);
    this.addSql(`create index "backtests_unfinished_index" on "backtests" ("status", "id") where status in ('queued', 'running');`);

    this.addSql(`create table "backtest_trades" ("backtest_id" uuid not null, "ordinal" int not null, "side" text not null, "units" bigint not null, "entry_price" numeric(20,10) not null, "exit_price" numeric(20,10) not null, "realized_pnl" numeric(20,4) not null, "spread_cost" numeric(20,4) not null default '0', "commission" numeric(20,4) not null default '0', "financing" numeric(20,4) not null default '0', "slippage" numeric(20,4) not null default '0', "conversion_cost" numeric(20,4) not null default '0', "mae" numeric(20,4) not null, "mfe" numeric(20,4) not null, "exit_reason" text not null, "opened_at" timestamptz(3) not null, "closed_at" timestamptz(3) not null, primary key ("backtest_id", "ordinal"));`);

    this.addSql(`create table "backtest_results" ("id" uuid not null, "backtest_id" uuid not null, "final_balance" numeric(20,4) null, "final_equity" numeric(20,4) null, "net_profit" numeric(20,4) null, "total_return" double precision null, "cagr" double precision null, "arithmetic_annual_return" double precision null, "volatility" double precision null, "market_change" double precision null, "sharpe" double precision null, "sharpe_standard_error" double precision null, "probabilistic_sharpe" double precision null, "deflated_sharpe" double precision null, "sortino" double precision null, "max_drawdown" double precision null, "max_drawdown_money" numeric(20,4) null, "max_balance_drawdown" double precision null, "max_balance_drawdown_money" numeric(20,4) null, "average_drawdown" double precision null, "drawdown_duration_ms" bigint null, "drawdown_duration_periods" int null, "drawdown_is_open" boolean null, "recovery_time_ms" bigint null, "calmar" double precision null, "calmar_36_months" double precision null, "mar" double precision null, "ulcer_index" double precision null, "martin" double precision null, "pain_index" double precision null, "recovery_factor" double precision null, "trade_count" int null, "win_count" int null, "loss_count" int null, "break_even_count" int null, "profit_factor" double precision null, "win_rate" double precision null, "payoff" double precision null, "expectancy_money" numeric(20,4) null, "expectancy_r" double precision null, "expectancy_ratio" double precision null, "sqn" double precision null, "sqn_100" double precision null, "kelly" double precision null, "max_consecutive_wins" int null, "max_consecutive_losses" int null, "exposure" double precision null, "turnover" double precision null, "average_holding_ms" bigint null, "median_holding_ms" bigint null, "average_win_holding_ms" bigint null, "median_win_holding_ms" bigint null, "average_loss_holding_ms" bigint null, "median_loss_holding_ms" bigint null, "average_mae" numeric(20,4) null, "average_mfe" numeric(20,4) null, "worst_mae" numeric(20,4) null, "best_mfe" numeric(20,4) null, "average_give_back" numeric(20,4) null, "skew" double precision null, "excess_kurtosis" double precision null, "var_95" double precision null, "var_95_normal" double precision null, "cvar_95" double precision null, "omega" double precision null, "tail_ratio" double precision null, "gain_to_pain" double precision null, "stability" double precision null, "k_ratio" double precision null, "gross_profit" numeric(20,4) null, "spread_cost" numeric(20,4) null, "commission" numeric(20,4) null, "financing" numeric(20,4) null, "slippage" numeric(20,4) null, "conversion_cost" numeric(20,4) null, "denied_orders" int not null default 0, "metrics_conventions" jsonb not null, "equity" jsonb not null, "created_at" timestamptz(3) not null default now(), "updated_at" timestamptz(3) not null default now(), primary key ("id"));`);
    this.addSql(`alter table "backtest_results" add constraint "backtest_results_backtest_id_unique" unique ("backtest_id");`);

    this.addSql(`alter table "price_series" add constraint "price_series_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "price_series" add constraint "price_series_candles_have_granularity" check ((kind = 'candles') = (granularity is not null));`);
    this.addSql(`alter table "price_series" add constraint "price_series_rows_have_times" check (rows = 0 or (starts_at is not null and ends_at is not null));`);
    this.addSql(`alter table "price_series" add constraint "price_series_ends_after_start" check (ends_at >= starts_at);`);
    this.addSql(`alter table "price_series" add constraint "price_series_rows_check" check (rows >= 0);`);
    this.addSql(`alter table "price_series" add constraint "price_series_skipped_rows_check" check (skipped_rows >= 0);`);
    this.addSql(`alter table "price_series" add constraint "price_series_kind_check" check ("kind" in ('quotes', 'candles'));`);
    this.addSql(`alter table "price_series" add constraint "price_series_granularity_check" check ("granularity" in ('S5', 'S10', 'S15', 'S30', 'M1', 'M2', 'M4', 'M5', 'M10', 'M15', 'M30', 'H1', 'H2', 'H3', 'H4', 'H6', 'H8', 'H12', 'D', 'W', 'M'));`);

    this.addSql(`alter table "price_chunks" add constraint "price_chunks_series_id_foreign" foreign key ("series_id") references "price_series" ("id") on delete cascade;`);
    this.addSql(`alter table "price_chunks" add constraint "price_chunks_ends_after_start" check (ends_at >= starts_at);`);
    this.addSql(`alter table "price_chunks" add constraint "price_chunks_ordinal_check" check (ordinal >= 0);`);
    this.addSql(`alter table "price_chunks" add constraint "price_chunks_rows_check" check (rows > 0);`);

    this.addSql(`alter table "backtests" add constraint "backtests_user_id_foreign" foreign key ("user_id") references "users" ("id") on delete cascade;`);
    this.addSql(`alter table "backtests" add constraint "backtests_series_id_foreign" foreign key ("series_id") references "price_series" ("id") on delete no action;`);
    this.addSql(`alter table "backtests" add constraint "backtests_ends_after_start" check (ends_at > starts_at);`);
    this.addSql(`alter table "backtests" add constraint "backtests_initial_balance_check" check (initial_balance > 0);`);
    this.addSql(`alter table "backtests" add constraint "backtests_currency_check" check (currency ~ '^[A-Z]{3}\$');`);
    this.addSql(`alter table "backtests" add constraint "backtests_progress_check" check (progress >= '0' and progress <= '1');`);
    this.addSql(`alter table "backtests" add constraint "backtests_quotes_check" check (quotes >= 0);`);
    this.addSql(`alter table "backtests" add constraint "backtests_status_check" check ("status" in ('queued', 'running', 'completed', 'failed', 'cancelled'));`);

    this.addSql(`alter table "backtest_trades" add constraint "backtest_trades_backtest_id_foreign" foreign key ("backtest_id") references "backtests" ("id") on delete cascade;`);
    this.addSql(`alter table "backtest_trades" add constraint "backtest_trades_closed_after_opened" check (closed_at >= opened_at);`);
    this.addSql(`alter table "backtest_trades" add constraint "backtest_trades_ordinal_check" check (ordinal >= 0);`);
    this.addSql(`alter table "backtest_trades" add constraint "backtest_trades_units_check" check (units > 0);`);
    this.addSql(`alter table "backtest_trades" add constraint "backtest_trades_entry_price_check" check (entry_price > 0);`);
    this.addSql(`alter table "backtest_trades" add constraint "backtest_trades_exit_price_check" check (exit_price > 0);`);
    this.addSql(`alter table "backtest_trades" add constraint "backtest_trades_side_check" check ("side" in ('long', 'short'));`);
    this.addSql(`alter table "backtest_trades" add constraint "backtest_trades_exit_reason_check" check ("exit_reason" in ('market', 'limit', 'stop', 'take_profit', 'stop_loss', 'trailing_stop', 'close', 'margin_closeout'));`);

    this.addSql(`alter table "backtest_results" add constraint "backtest_results_backtest_id_foreign" foreign key ("backtest_id") references "backtests" ("id") on delete cascade;`);
    this.addSql(`alter table "backtest_results" add constraint "backtest_results_denied_orders_check" check (denied_orders >= 0);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "price_chunks" drop constraint "price_chunks_series_id_foreign";`);
    this.addSql(`alter table "backtests" drop constraint "backtests_series_id_foreign";`);
    this.addSql(`alter table "backtest_trades" drop constraint "backtest_trades_backtest_id_foreign";`);
    this.addSql(`alter table "backtest_results" drop constraint "backtest_results_backtest_id_foreign";`);

    this.addSql(`drop table "price_series";`);
    this.addSql(`drop table "price_chunks";`);
    this.addSql(`drop table "backtests";`);
    this.addSql(`drop table "backtest_trades";`);
    this.addSql(`drop table "backtest_results";`);
  }

}
