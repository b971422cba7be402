import { expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261129012044_order_kinds extends Migration {

  override name = 'Migration20261129012044_order_kinds';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `alter table "orders" add "replaces" varchar(64) null, add "replaced_by" varchar(64) null, add "take_profit_distance" numeric(20,10) null, add "stop_loss_distance" numeric(20,10) null, add "trigger_condition" text null, add "position_fill" text null, add "tag" varchar(128) null, add "comment" varchar(128) null;`,
        `alter table "orders" add constraint "orders_trigger_condition_check" check ("trigger_condition" in ('DEFAULT', 'INVERSE', 'BID', 'ASK', 'MID')) not valid;`,
        `alter table "orders" add constraint "orders_position_fill_check" check ("position_fill" in ('DEFAULT', 'OPEN_ONLY', 'REDUCE_FIRST', 'REDUCE_ONLY')) not valid;`,
        `alter table "orders" drop constraint "orders_order_type_check";`,
        `alter table "orders" add constraint "orders_order_type_check" check ("order_type" in ('market', 'limit', 'stop', 'market_if_touched', 'take_profit', 'stop_loss', 'trailing_stop')) not valid;`,
        `alter table "orders" drop constraint "orders_time_in_force_check";`,
        `alter table "orders" add constraint "orders_time_in_force_check" check ("time_in_force" in ('GTC', 'GTD', 'GFD', 'FOK', 'IOC')) not valid;`,
        `alter table "trades" drop constraint "trades_exit_reason_check";`,
        `alter table "trades" add constraint "trades_exit_reason_check" check ("exit_reason" in ('market', 'limit', 'stop', 'market_if_touched', 'take_profit', 'stop_loss', 'trailing_stop', 'close', 'margin_closeout')) not valid;`,
        `alter table "backtest_trades" drop constraint "backtest_trades_exit_reason_check";`,
        `alter table "backtest_trades" add constraint "backtest_trades_exit_reason_check" check ("exit_reason" in ('market', 'limit', 'stop', 'market_if_touched', 'take_profit', 'stop_loss', 'trailing_stop', 'close', 'margin_closeout')) not valid;`,
      ],
      down: [
        `alter table "backtest_trades" drop constraint "backtest_trades_exit_reason_check";`,
        `alter table "backtest_trades" add constraint "backtest_trades_exit_reason_check" check ("exit_reason" in ('market', 'limit', 'stop', 'take_profit', 'stop_loss', 'trailing_stop', 'close', 'margin_closeout')) not valid;`,
        `do \$restore\$
begin
  alter table "backtest_trades" validate constraint "backtest_trades_exit_reason_check";
exception when integrity_constraint_violation then
  raise warning 'Restored for new and changed rows only (not valid), because other rows break it: %', sqlerrm using hint = 'Fix the rows that this shows: select * from "backtest_trades" where not ("exit_reason" in (''market'', ''limit'', ''stop'', ''take_profit'', ''stop_loss'', ''trailing_stop'', ''close'', ''margin_closeout'')); then run: alter table "backtest_trades" validate constraint "backtest_trades_exit_reason_check"';
end
\$restore\$;`,
        `alter table "trades" drop constraint "trades_exit_reason_check";`,
        `alter table "trades" add constraint "trades_exit_reason_check" check ("exit_reason" in ('market', 'limit', 'stop', 'take_profit', 'stop_loss', 'trailing_stop', 'close', 'margin_closeout')) not valid;`,
        `do \$restore\$
begin
  alter table "trades" validate constraint "trades_exit_reason_check";
exception when integrity_constraint_violation then
  raise warning 'Restored for new and changed rows only (not valid), because other rows break it: %', sqlerrm using hint = 'Fix the rows that this shows: select * from "trades" where not ("exit_reason" in (''market'', ''limit'', ''stop'', ''take_profit'', ''stop_loss'', ''trailing_stop'', ''close'', ''margin_closeout'')); then run: alter table "trades" validate constraint "trades_exit_reason_check"';
end
\$restore\$;`,
        `alter table "orders" drop constraint "orders_time_in_force_check";`,
        `alter table "orders" add constraint "orders_time_in_force_check" check ("time_in_force" in ('GTC', 'GTD', 'FOK', 'IOC')) not valid;`,
        `do \$restore\$
begin
  alter table "orders" validate constraint "orders_time_in_force_check";
exception when integrity_constraint_violation then
  raise warning 'Restored for new and changed rows only (not valid), because other rows break it: %', sqlerrm using hint = 'Fix the rows that this shows: select * from "orders" where not ("time_in_force" in (''GTC'', ''GTD'', ''FOK'', ''IOC'')); then run: alter table "orders" validate constraint "orders_time_in_force_check"';
end
\$restore\$;`,
        `alter table "orders" drop constraint "orders_order_type_check";`,
        `alter table "orders" add constraint "orders_order_type_check" check ("order_type" in ('market', 'limit', 'stop', 'take_profit', 'stop_loss', 'trailing_stop')) not valid;`,
        `do \$restore\$
begin
  alter table "orders" validate constraint "orders_order_type_check";
exception when integrity_constraint_violation then
  raise warning 'Restored for new and changed rows only (not valid), because other rows break it: %', sqlerrm using hint = 'Fix the rows that this shows: select * from "orders" where not ("order_type" in (''market'', ''limit'', ''stop'', ''take_profit'', ''stop_loss'', ''trailing_stop'')); then run: alter table "orders" validate constraint "orders_order_type_check"';
end
\$restore\$;`,
        `alter table "orders" drop constraint "orders_position_fill_check";`,
        `alter table "orders" drop constraint "orders_trigger_condition_check";`,
        `alter table "orders" drop column "replaces", drop column "replaced_by", drop column "take_profit_distance", drop column "stop_loss_distance", drop column "trigger_condition", drop column "position_fill", drop column "tag", drop column "comment";`,
      ],
    }),
    // Reads the rows that are there, while others read and write. In a step of its own, because the lock of the one before must be gone.
    expand({
      up: [
        `alter table "orders" validate constraint "orders_trigger_condition_check";`,
        `alter table "orders" validate constraint "orders_position_fill_check";`,
        `alter table "orders" validate constraint "orders_order_type_check";`,
        `alter table "orders" validate constraint "orders_time_in_force_check";`,
        `alter table "trades" validate constraint "trades_exit_reason_check";`,
        `alter table "backtest_trades" validate constraint "backtest_trades_exit_reason_check";`,
      ],
      down: [],
    }),
  ];

}
