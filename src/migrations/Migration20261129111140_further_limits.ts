import { expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261129111140_further_limits extends Migration {

  override name = 'Migration20261129111140_further_limits';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `alter table "oanda_accounts" add "further_limits" jsonb null;`,
        `alter table "oanda_accounts" add constraint "oanda_accounts_further_limits_check" check (jsonb_typeof(further_limits) = 'object') not valid;`,
      ],
      down: [
        `alter table "oanda_accounts" drop constraint "oanda_accounts_further_limits_check";`,
        `alter table "oanda_accounts" drop column "further_limits";`,
      ],
    }),
    // Reads the rows that are there, while others read and write. In a step of its own, because the lock of the one before must be gone.
    expand({
      up: [
        `alter table "oanda_accounts" validate constraint "oanda_accounts_further_limits_check";`,
      ],
      down: [],
    }),
  ];

}
