import { contract, expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261129051520_account_connections extends Migration {

  override name = 'Migration20261129051520_account_connections';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `alter table "oanda_accounts" add "connected_as" varchar(100) null, add "status_reason" text null, add "fault_code" varchar(64) null, add "fault_reason" text null, add "waived_limits" text[] null;`,
        `alter table "orders" drop constraint "orders_created_by_check";`,
        `alter table "orders" add constraint "orders_created_by_check" check ("created_by" in ('strategy', 'person', 'broker', 'external')) not valid;`,
      ],
      down: [
        `alter table "orders" drop constraint "orders_created_by_check";`,
        `alter table "orders" add constraint "orders_created_by_check" check ("created_by" in ('strategy', 'person', 'broker')) not valid;`,
        `do \$restore\$
begin
  alter table "orders" validate constraint "orders_created_by_check";
exception when integrity_constraint_violation then
  raise warning 'Restored for new and changed rows only (not valid), because other rows break it: %', sqlerrm using hint = 'Fix the rows that this shows: select * from "orders" where not ("created_by" in (''strategy'', ''person'', ''broker'')); then run: alter table "orders" validate constraint "orders_created_by_check"';
end
\$restore\$;`,
        `alter table "oanda_accounts" drop column "connected_as", drop column "status_reason", drop column "fault_code", drop column "fault_reason", drop column "waived_limits";`,
      ],
    }),
    // Made while the table is written to.
    expand({
      transactional: false,
      up: [
        `create unique index concurrently if not exists "oanda_accounts_connected_as_unique" on "oanda_accounts" ("connected_as");`,
      ],
      down: [
        `drop index concurrently if exists "oanda_accounts_connected_as_unique";`,
      ],
    }),
    // Makes constraints of the indexes that were built before; reads no row.
    expand({
      up: [
        `alter table "oanda_accounts" add constraint "oanda_accounts_connected_as_unique" unique using index "oanda_accounts_connected_as_unique";`,
      ],
      down: [
        `alter table "oanda_accounts" drop constraint if exists "oanda_accounts_connected_as_unique";`,
        `do \$restore\$
begin
  create unique index "oanda_accounts_connected_as_unique" on "oanda_accounts" ("connected_as");
exception when integrity_constraint_violation then
  raise warning 'Not restored, because rows break it: %', sqlerrm using hint = 'Fix the rows, and run: create unique index "oanda_accounts_connected_as_unique" on "oanda_accounts" ("connected_as")';
end
\$restore\$;`,
      ],
    }),
    // Reads the rows that are there, while others read and write. In a step of its own, because the lock of the one before must be gone.
    expand({
      up: [
        `alter table "orders" validate constraint "orders_created_by_check";`,
      ],
      down: [],
    }),
    // Removes what only the old version of the server uses.
    contract({
      up: [
        `alter table "oanda_accounts" drop constraint if exists "oanda_accounts_user_id_environment_broker_account_id_unique";`,
      ],
      down: [
        `do \$restore\$
begin
  alter table "oanda_accounts" add constraint "oanda_accounts_user_id_environment_broker_account_id_unique" unique ("user_id", "environment", "broker_account_id");
exception when integrity_constraint_violation then
  raise warning 'Not restored, because rows break it: %', sqlerrm using hint = 'Fix the rows, and run: alter table "oanda_accounts" add constraint "oanda_accounts_user_id_environment_broker_account_id_unique" unique ("user_id", "environment", "broker_account_id")';
end
\$restore\$;`,
      ],
    }),
  ];

}
