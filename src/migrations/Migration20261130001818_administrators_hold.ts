import { expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261130001818_administrators_hold extends Migration {

  override name = 'Migration20261130001818_administrators_hold';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `alter table "oanda_accounts" add "held_at" timestamptz(3) null, add "held_by" uuid null, add "hold_reason" text null, add "kill_due" boolean not null default false;`,
        `alter table "strategies" add "held_at" timestamptz(3) null, add "held_by" uuid null, add "hold_reason" text null, add "stop_due" text null;`,
        `alter table "strategies" add constraint "strategies_stop_due_check" check ("stop_due" in ('keep', 'close', 'drain')) not valid;`,
      ],
      down: [
        `alter table "strategies" drop constraint "strategies_stop_due_check";`,
        `alter table "strategies" drop column "held_at", drop column "held_by", drop column "hold_reason", drop column "stop_due";`,
        `alter table "oanda_accounts" drop column "held_at", drop column "held_by", drop column "hold_reason", drop column "kill_due";`,
      ],
    }),
    // Made while the table is written to.
    expand({
      transactional: false,
      up: [
        `create index concurrently if not exists "strategies_stop_due" on "strategies" ("account_id") where stop_due is not null;`,
      ],
      down: [
        `drop index concurrently if exists "strategies_stop_due";`,
      ],
    }),
    // Reads the rows that are there, while others read and write. In a step of its own, because the lock of the one before must be gone.
    expand({
      up: [
        `alter table "strategies" validate constraint "strategies_stop_due_check";`,
      ],
      down: [],
    }),
  ];

}
