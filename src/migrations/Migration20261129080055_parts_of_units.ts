import { expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261129080055_parts_of_units extends Migration {

  override name = 'Migration20261129080055_parts_of_units';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `alter table "orders" add "units_precision" smallint not null default 0;`,
        `alter table "positions" add "units_precision" smallint not null default 0;`,
        `alter table "trades" add "units_precision" smallint not null default 0;`,
        `alter table "backtest_trades" add "units_precision" smallint not null default 0;`,
        `alter table "orders" add constraint "orders_units_precision_check" check (units_precision >= 0 and units_precision <= 6) not valid;`,
        `alter table "positions" add constraint "positions_units_precision_check" check (units_precision >= 0 and units_precision <= 6) not valid;`,
        `alter table "trades" add constraint "trades_units_precision_check" check (units_precision >= 0 and units_precision <= 6) not valid;`,
        `alter table "backtest_trades" add constraint "backtest_trades_units_precision_check" check (units_precision >= 0 and units_precision <= 6) not valid;`,
      ],
      down: [
        // Without the column, steps of a tenth would be read as whole units: the way back fails while a row has parts of units.
        `alter table "backtest_trades" add constraint "backtest_trades_whole_units_only" check (units_precision = 0);`,
        `alter table "trades" add constraint "trades_whole_units_only" check (units_precision = 0);`,
        `alter table "positions" add constraint "positions_whole_units_only" check (units_precision = 0);`,
        `alter table "orders" add constraint "orders_whole_units_only" check (units_precision = 0);`,
        `alter table "backtest_trades" drop constraint "backtest_trades_units_precision_check";`,
        `alter table "trades" drop constraint "trades_units_precision_check";`,
        `alter table "positions" drop constraint "positions_units_precision_check";`,
        `alter table "orders" drop constraint "orders_units_precision_check";`,
        `alter table "backtest_trades" drop column "units_precision";`,
        `alter table "trades" drop column "units_precision";`,
        `alter table "positions" drop column "units_precision";`,
        `alter table "orders" drop column "units_precision";`,
      ],
    }),
    // Reads the rows that are there, while others read and write. In a step of its own, because the lock of the one before must be gone.
    expand({
      up: [
        `alter table "orders" validate constraint "orders_units_precision_check";`,
        `alter table "positions" validate constraint "positions_units_precision_check";`,
        `alter table "trades" validate constraint "trades_units_precision_check";`,
        `alter table "backtest_trades" validate constraint "backtest_trades_units_precision_check";`,
      ],
      down: [],
    }),
  ];

}
