import { contract, data, expand, Migration } from '../migrator/recipes.ts';

/** Each step is a transaction of its own; the contracts among them wait until they are asked for. */
export class Migration20261129014537_backtest_terms extends Migration {

  override name = 'Migration20261129014537_backtest_terms';

  static override readonly steps = [
    // Adds what the old and the new version of the server can both live with. Until the backfill backtests.terms is done, an old row may have its value in costs only: anyone who reads it takes that one then.
    expand({
      up: [
        `alter table "backtests" add column "terms" jsonb null;`,
        `create function "backtests_terms_sync"() returns trigger language plpgsql as \$sync\$
begin
  if tg_op = 'INSERT' and new."terms" is null then
    new."terms" := new."costs";
  elsif tg_op = 'INSERT' or new."terms" is distinct from old."terms" then
    if new."costs" is distinct from new."terms" then
      new."costs" := new."terms";
    end if;
  elsif new."costs" is distinct from old."costs" then
    new."terms" := new."costs";
  end if;
  return new;
end
\$sync\$;`,
        `create trigger "backtests_terms_sync" before insert or update of "costs", "terms" on "backtests" for each row execute function "backtests_terms_sync"();`,
        `insert into backfill_jobs (name, table_name, key_column, assignment, condition, state, completed_at) select 'backtests.terms', 'backtests', 'id', '"terms" = "costs"', '"terms" is null and "costs" is not null', case when needed then 'pending' else 'done' end, case when needed then null else now() end from (select exists (select "id" from "backtests") as needed) as looked on conflict (name) do update set table_name = excluded.table_name, key_column = excluded.key_column, assignment = excluded.assignment, condition = excluded.condition, state = excluded.state, completed_at = excluded.completed_at, cursor = null, rows_done = 0, started_at = null, error = null, updated_at = now() where backfill_jobs.state = 'done' or (backfill_jobs.table_name, backfill_jobs.key_column, backfill_jobs.assignment, backfill_jobs.condition) is distinct from (excluded.table_name, excluded.key_column, excluded.assignment, excluded.condition);`,
      ],
      down: [
        `delete from backfill_jobs where name = 'backtests.terms';`,
        `drop trigger "backtests_terms_sync" on "backtests";`,
        `drop function "backtests_terms_sync"();`,
        `alter table "backtests" drop column "terms";`,
      ],
    }),
    // Fills the last rows at once, so that a small table is done before the new version starts; the backfill does the others.
    data({
      lint: { allow: {
        'down-or-irreversible': 'the column that is filled goes with the step before',
      } },
      up: [
        `update "backtests" set "terms" = "costs" where "id" in (select "id" from "backtests" where "terms" is null and "costs" is not null order by "id" desc limit 10000);`,
      ],
      down: [],
    }),
    // From now on null is refused: nothing that still writes it may be running, and every row must have a value.
    contract({
      backfills: [
        'backtests.terms',
      ],
      up: [
        `update "backtests" set "terms" = "costs" where "terms" is null and "costs" is not null;`,
        `update backfill_jobs set state = 'done', completed_at = now(), error = null where name = 'backtests.terms' and state <> 'done';`,
        `alter table "backtests" add constraint "backtests_terms_not_null_check" check ("terms" is not null) not valid;`,
      ],
      down: [
        `alter table "backtests" drop constraint "backtests_terms_not_null_check";`,
      ],
    }),
    // Reads all rows, while others read and write.
    contract({
      up: [
        `alter table "backtests" validate constraint "backtests_terms_not_null_check";`,
      ],
      down: [],
    }),
    // Requires the columns; the checks prove it without reading a row.
    contract({
      up: [
        `alter table "backtests" alter column "terms" set not null;`,
        `alter table "backtests" drop constraint "backtests_terms_not_null_check";`,
      ],
      down: [
        `alter table "backtests" add constraint "backtests_terms_not_null_check" check ("terms" is not null) not valid;`,
        `do \$restore\$
begin
  alter table "backtests" validate constraint "backtests_terms_not_null_check";
exception when integrity_constraint_violation then
  raise warning 'Restored for new and changed rows only (not valid), because other rows break it: %', sqlerrm using hint = 'Fix the rows that this shows: select * from "backtests" where not ("terms" is not null); then run: alter table "backtests" validate constraint "backtests_terms_not_null_check"';
end
\$restore\$;`,
        `alter table "backtests" alter column "terms" drop not null;`,
      ],
    }),
    // Removes what only the old version of the server uses.
    contract({
      backfills: [
        'backtests.terms',
      ],
      up: [
        `update "backtests" set "terms" = "costs" where "terms" is null and "costs" is not null;`,
        `update backfill_jobs set state = 'done', completed_at = now(), error = null where name = 'backtests.terms' and state <> 'done';`,
        `drop trigger "backtests_terms_sync" on "backtests";`,
        `drop function "backtests_terms_sync"();`,
        `alter table "backtests" drop column "costs";`,
      ],
      down: [
        `alter table "backtests" add column "costs" jsonb null;`,
        `update "backtests" set "costs" = "terms" where "costs" is null and "terms" is not null;`,
        `create function "backtests_terms_sync"() returns trigger language plpgsql as \$sync\$
begin
  if tg_op = 'INSERT' and new."terms" is null then
    new."terms" := new."costs";
  elsif tg_op = 'INSERT' or new."terms" is distinct from old."terms" then
    if new."costs" is distinct from new."terms" then
      new."costs" := new."terms";
    end if;
  elsif new."costs" is distinct from old."costs" then
    new."terms" := new."costs";
  end if;
  return new;
end
\$sync\$;`,
        `create trigger "backtests_terms_sync" before insert or update of "costs", "terms" on "backtests" for each row execute function "backtests_terms_sync"();`,
        `do \$restore\$
begin
  alter table "backtests" alter column "costs" set not null;
exception when integrity_constraint_violation then
  raise warning 'Not restored, because rows break it: %', sqlerrm using hint = 'Fix the rows, and run: alter table "backtests" alter column "costs" set not null';
end
\$restore\$;`,
      ],
    }),
  ];

}
