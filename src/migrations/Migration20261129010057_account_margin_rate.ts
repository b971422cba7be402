import { expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261129010057_account_margin_rate extends Migration {

  override name = 'Migration20261129010057_account_margin_rate';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `alter table "oanda_accounts" add "margin_rate" numeric(10,8) null;`,
        `alter table "oanda_accounts" add constraint "oanda_accounts_margin_rate_check" check (margin_rate > 0 and margin_rate <= 1) not valid;`,
      ],
      down: [
        `alter table "oanda_accounts" drop constraint "oanda_accounts_margin_rate_check";`,
        `alter table "oanda_accounts" drop column "margin_rate";`,
      ],
    }),
    // Reads the rows that are there, while others read and write. In a step of its own, because the lock of the one before must be gone.
    expand({
      up: [
        `alter table "oanda_accounts" validate constraint "oanda_accounts_margin_rate_check";`,
      ],
      down: [],
    }),
  ];

}
