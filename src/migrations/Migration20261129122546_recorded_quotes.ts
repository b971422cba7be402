import { expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261129122546_recorded_quotes extends Migration {

  override name = 'Migration20261129122546_recorded_quotes';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with.
    expand({
      up: [
        `create table "price_gaps" ("series_id" uuid not null, "starts_at" timestamptz(3) not null, "ends_at" timestamptz(3) not null, "reason" text not null, "created_at" timestamptz(3) not null default now(), primary key ("series_id", "starts_at"));`,
        `alter table "price_gaps" add constraint "price_gaps_series_id_foreign" foreign key ("series_id") references "price_series" ("id") on delete cascade;`,
        `alter table "price_gaps" add constraint "price_gaps_ends_after_start" check (ends_at > starts_at);`,
        `alter table "price_gaps" add constraint "price_gaps_reason_check" check ("reason" in ('not-recorded', 'connection-lost', 'not-stored'));`,
        `alter table "oanda_accounts" add "record_quotes" boolean not null default true;`,
        `alter table "price_series" add "account_id" uuid null;`,
        `alter table "price_series" add constraint "price_series_account_id_foreign" foreign key ("account_id") references "oanda_accounts" ("id") on delete set null not valid;`,
      ],
      down: [
        `alter table "price_series" drop constraint "price_series_account_id_foreign";`,
        `alter table "price_series" drop column "account_id";`,
        `alter table "oanda_accounts" drop column "record_quotes";`,
        `drop table "price_gaps";`,
      ],
    }),
    // Made while the table is written to.
    expand({
      transactional: false,
      up: [
        `create unique index concurrently if not exists "price_series_account_id_instrument_unique" on "price_series" ("account_id", "instrument");`,
      ],
      down: [
        `drop index concurrently if exists "price_series_account_id_instrument_unique";`,
      ],
    }),
    // Makes constraints of the indexes that were built before; reads no row.
    expand({
      up: [
        `alter table "price_series" add constraint "price_series_account_id_instrument_unique" unique using index "price_series_account_id_instrument_unique";`,
      ],
      down: [
        `alter table "price_series" drop constraint if exists "price_series_account_id_instrument_unique";`,
        `do \$restore\$
begin
  create unique index "price_series_account_id_instrument_unique" on "price_series" ("account_id", "instrument");
exception when integrity_constraint_violation then
  raise warning 'Not restored, because rows break it: %', sqlerrm using hint = 'Fix the rows, and run: create unique index "price_series_account_id_instrument_unique" on "price_series" ("account_id", "instrument")';
end
\$restore\$;`,
      ],
    }),
    // Reads the rows that are there, while others read and write. In a step of its own, because the lock of the one before must be gone.
    expand({
      up: [
        `alter table "price_series" validate constraint "price_series_account_id_foreign";`,
      ],
      down: [],
    }),
  ];

}
